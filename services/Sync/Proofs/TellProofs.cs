using Contracts;
using ServiceDefaults;

namespace Sync.Proofs;

/// <summary>Tells Portfolio the proofs that a statement wants.</summary>
internal static class TellProofs
{
    private const int MostTransactions = 200;
    private const int MostAccounts = 200;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/internal/proofs", async (ProofsWanted wanted, Prover prover, CancellationToken ct) =>
                wanted.Transactions.Count > MostTransactions || wanted.Accounts.Count > MostAccounts
                    ? throw new DomainException("too-many",
                        $"At most {MostTransactions} transactions and {MostAccounts} accounts are proved at once.")
                    : await prover.AnswerAsync(wanted, ct))
            .InternalOnly("portfolio");

    public static void AddProofs(this IServiceCollection services)
    {
        services.AddValidatedOptions<ProofOptions>(ProofOptions.Section);
        services.AddSingleton<Prover>();
    }
}
