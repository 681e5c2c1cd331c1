using System.Security.Cryptography;
using System.Text;
using Chains;
using ChainSimulator.Solana;

namespace Services.Sync;

/// <summary>The traps that make a balance on Solana wrong, each a small world: what happens to one address, block by block.</summary>
internal static class SolanaWorlds
{
    public const string Mainnet = "solana";
    public const string Bank = SolanaNetwork.Bank;

    public static readonly string Usdc = Account("a mint of dollars");
    public static readonly string Bonk = Account("a mint of dogs");
    public static readonly string Other = Account("somebody else");

    // Somebody else's accounts of both tokens, which never run out.
    private static readonly string OtherUsdc = Account("somebody else's dollars");
    private static readonly string OtherBonk = Account("somebody else's dogs");

    /// <summary>Those whose whole effect on an address its transactions tell.</summary>
    public static IReadOnlyDictionary<string, Func<string, IReadOnlyList<SolanaMine>>> Told { get; } =
        new Dictionary<string, Func<string, IReadOnlyList<SolanaMine>>>
        {
            ["payments and their fees"] = me =>
                [Mine(Fund(me)), Mine(Tx(me, Pay(me, Other, "70")) with { Fee = "105000" }), Mine(Tx(Bank, Pay(Bank, me, "9")))],
            ["a failed transaction costs its payer the fee, and nobody else anything"] = me =>
                [Mine(Fund(me)), Mine(Tx(me, Pay(me, Other, "70")) with { Failed = true }, Tx(Bank, Pay(Bank, me, "9")) with { Failed = true }),
                Mine(Tx(Bank, Name(me)))],
            ["to oneself"] = me => [Mine(Fund(me)), Mine(Tx(me, Pay(me, me, "70")))],
            ["tokens that come in do not name the wallet"] = me =>
                [Mine(Fund(me)), Mine(Tx(Bank, Open(Of(me, Usdc), Usdc, me))), Mine(In(me, Usdc, "500")), Mine(In(me, Usdc, "7")),
                Mine(Tx(me, Send(Of(me, Usdc), OtherUsdc, "20")))],
            ["a token account whose making does not name the wallet"] = me =>
                [Mine(Tx(Bank, Open(Of(me, Bonk), Bonk, me) with { Quiet = true })), Mine(In(me, Bonk, "41"))],
            ["rent given and given back"] = me => [Mine(Fund(me)), Mine(Tx(me, Open(Of(me, Usdc), Usdc, me))), Mine(Tx(me, Close(Of(me, Usdc), me)))],
            ["tokens came into an account that is closed"] = me =>
            [
                Mine(Fund(me)), Mine(Tx(me, Open(Of(me, Usdc), Usdc, me))), Mine(In(me, Usdc, "500")), Mine(In(me, Usdc, "40")),
            Mine(Tx(me, Send(Of(me, Usdc), OtherUsdc, "540"), Close(Of(me, Usdc), me))), Mine(Tx(Bank, Pay(Bank, me, "3"))),
        ],
            ["a token account closed, made again and closed again"] = me =>
            [
                Mine(Fund(me)), .. Life(me, Usdc, "500"), Mine(Tx(Bank, Pay(Bank, me, "3"))), .. Life(me, Usdc, "31"), .. Life(me, Bonk, "9"),
            Mine(Tx(me, Open(Of(me, Usdc), Usdc, me))), Mine(In(me, Usdc, "2")),
        ],
            ["tokens of Token-2022, and burnt ones"] = me =>
                [Mine(Fund(me)), Mine(Tx(me, Open(Of(me, Bonk), Bonk, me) with { Is2022 = true })), Mine(In(me, Bonk, "88")),
                Mine(Tx(me, Send(Of(me, Bonk), null, "8")))],
            ["accounts from look-up tables"] = me =>
                [Mine(Fund(me) with { Versioned = true }), Mine(Tx(Bank, Open(Of(me, Usdc), Usdc, me)) with { Versioned = true }),
                Mine(In(me, Usdc, "77") with { Versioned = true })],
            ["one transaction in several lists"] = me =>
            [
                Mine(Fund(me)), Mine(Tx(me, Open(Of(me, Usdc), Usdc, me), Open(Of(me, Bonk), Bonk, me))), Mine(In(me, Usdc, "500")),
            Mine(Tx(me, Send(Of(me, Usdc), OtherUsdc, "100"), Send(OtherBonk, Of(me, Bonk), "12345"), Pay(me, Other, "30"))),
        ],
            ["two accounts of one token"] = me =>
                [Mine(Tx(Bank, Open(Of(me, Usdc), Usdc, me), Open(Of(me, "savings"), Usdc, me))), Mine(In(me, Usdc, "500")),
                Mine(Tx(Bank, Pay(Bank, me, "9"), Send(Of(me, Usdc), Of(me, "savings"), "200")))],
            ["several lists meet in one slot"] = me =>
            [
                Mine(Fund(me), Tx(Bank, Open(Of(me, Usdc), Usdc, me), Open(Of(me, Bonk), Bonk, me))),
            Mine(In(me, Usdc, "1"), In(me, Bonk, "2"), Tx(Bank, Pay(Bank, me, "3")), In(me, Bonk, "4"), In(me, Usdc, "5"),
                Tx(Bank, Pay(Bank, me, "6"))),
        ],
            ["a token account that changes hands"] = me =>
            [
                Mine(Fund(me), Tx(Bank, Pay(Bank, Other, "1000000000"))), Mine(Tx(Other, Open(Of(me, "wanders"), Usdc, Other))),
                Mine(Tx(Bank, Send(OtherUsdc, Of(me, "wanders"), "50"))),
            Mine(Tx(Other, Give(Of(me, "wanders"), me))), Mine(Tx(Bank, Send(OtherUsdc, Of(me, "wanders"), "6"))),
            Mine(Tx(me, Give(Of(me, "wanders"), Other))),
            Mine(Tx(Bank, Send(OtherUsdc, Of(me, "wanders"), "1000"))),
        ],
            ["transactions from before owners were named"] = me =>
            [
                Mine(Fund(me) with { Old = true }), Mine(Tx(me, Open(Of(me, Usdc), Usdc, me)) with { Old = true }),
                Mine(In(me, Usdc, "500") with { Old = true }),
            Mine(Tx(me, Send(Of(me, Usdc), OtherUsdc, "500"), Close(Of(me, Usdc), me)) with { Old = true }),
            Mine(Tx(me, Open(Of(me, Bonk), Bonk, me)) with { Old = true }), Mine(In(me, Bonk, "12") with { Old = true }), Mine(In(me, Bonk, "13")),
        ],
            ["a token account that somebody else emptied and closed"] = me =>
            [
                Mine(Fund(me)), Mine(Tx(me, Open(Of(me, Usdc), Usdc, me))), Mine(In(me, Usdc, "500")),
                    Mine(Tx(me, Send(Of(me, Usdc), OtherUsdc, "20"))),
                Mine(In(me, Usdc, "60")),
            Mine(Tx(Bank, Send(Of(me, Usdc), OtherUsdc, "540") with { By = Bank })), Mine(Tx(Bank, Close(Of(me, Usdc), Bank) with { By = Bank })),
        ],
        };

    /// <summary>Somebody else's token accounts, which worlds take from; to be made once in each chain.</summary>
    public static SolanaMine Beginning(string network = Mainnet) => new(network,
    [
        Tx(Bank, Open(OtherUsdc, Usdc, Bank), new(SolanaDoes.Send, To: OtherUsdc, Amount: "18000000000000000")),
        Tx(Bank, Open(OtherBonk, Bonk, Bank), new(SolanaDoes.Send, To: OtherBonk, Amount: "18000000000000000")),
    ]);

    /// <summary>An account of the test's own.</summary>
    public static string Account(string name) => SolanaAddresses.FromAccount(Networks.Solana, SHA256.HashData(Encoding.UTF8.GetBytes(name))).Text;

    /// <summary>An owner's account of a token.</summary>
    public static string Of(string owner, string mint) => Account($"{owner} {mint}");

    public static SolanaMine Mine(params SolanaTransaction[] transactions) => new(Mainnet, transactions);

    public static SolanaTransaction Tx(string payer, params SolanaStep[] steps) => new(payer, steps);

    public static SolanaTransaction Fund(string me) => Tx(Bank, Pay(Bank, me, "5000000000"));

    public static SolanaTransaction In(string me, string mint, string amount) =>
        Tx(Bank, Send(mint == Usdc ? OtherUsdc : OtherBonk, Of(me, mint), amount));

    public static SolanaStep Pay(string from, string to, string lamports) => new(SolanaDoes.Pay, from, to, lamports);

    public static SolanaStep Name(string account) => new(SolanaDoes.Name, account);

    public static SolanaStep Open(string account, string mint, string owner) => new(SolanaDoes.Open, account, Mint: mint, Owner: owner);

    public static SolanaStep Close(string account, string to) => new(SolanaDoes.Close, account, to);

    public static SolanaStep Send(string from, string? to, string amount) => new(SolanaDoes.Send, from, to, amount);

    public static SolanaStep Give(string account, string owner) => new(SolanaDoes.Give, account, Owner: owner);

    /// <summary>A token account that is made, gets something from somebody else, and is emptied and closed.</summary>
    public static IReadOnlyList<SolanaMine> Life(string me, string mint, string amount) =>
    [
        Mine(Tx(me, Open(Of(me, mint), mint, me))), Mine(In(me, mint, amount)),
        Mine(Tx(me, Send(Of(me, mint), mint == Usdc ? OtherUsdc : OtherBonk, amount), Close(Of(me, mint), me))),
    ];
}
