using ServiceDefaults;

namespace Wallets;

/// <summary>Rows of one wallet, decided one after the other by the rule of a single import, so that each sees what those before it did.</summary>
internal static class DecideRows
{
    public static (IReadOnlyList<WalletEvent> Events, IReadOnlyList<Verdict> Verdicts) Decide(
        Wallet wallet, IReadOnlyList<WaitingRow> rows, DateTimeOffset at)
    {
        var events = new List<WalletEvent>();
        var verdicts = new List<Verdict>(rows.Count);
        foreach (var row in rows)
        {
            try
            {
                if (wallet.At(row.Place) is { } known)
                {
                    verdicts.Add(new(row.Line, Verdicts.Present, known.Id));
                    continue;
                }

                var id = Guid.CreateVersion7(at);
                Happen(ImportAddress.Decide(wallet, new(id, row.Place, row.Label, at)));
                Happen(TagAddress.Decide(wallet, new(id, row.Tags, at)));
                verdicts.Add(new(row.Line, Verdicts.Imported, id));
            }
            catch (DomainException refused)
            {
                verdicts.Add(Verdict.Refuse(row, Refusal.Of(refused, "/wallet")));
            }
        }

        return (events, verdicts);

        void Happen(IReadOnlyList<WalletEvent> happened)
        {
            events.AddRange(happened);
            wallet = happened.Aggregate(wallet, Wallet.Evolve);
        }
    }
}
