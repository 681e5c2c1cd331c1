using ChainSimulator.Evm;

namespace Services.Sync;

/// <summary>The traps that make a balance of an account wrong, each a small world: what happens to one account, block by block.</summary>
internal static class EvmWorlds
{
    public const string Ethereum = "ethereum";
    public const string Optimism = "optimism";
    public const string Bsc = "bsc";

    public const string Weth = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";
    public const string Usdc = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48";
    public const string Dust = "0x00000000000000000000000000000000000000d1";
    public const string Other = "0x1111111111111111111111111111111111111111";
    public const string Router = "0x2222222222222222222222222222222222222222";

    private const string Ether = "1000000000000000000";
    private const string DepositCall = "0xd0e30db0";

    /// <summary>Those whose whole effect on an account the lists tell.</summary>
    public static IReadOnlyDictionary<string, Func<string, IReadOnlyList<EvmMine>>> Told { get; } =
        new Dictionary<string, Func<string, IReadOnlyList<EvmMine>>>
        {
            ["fees by the effective price"] = me => [Mine(Fund(me), Sends(me, Other, "5", gas: 51_234, price: "23000000019"))],
            ["a failed transaction costs its gas"] = me =>
            [
                Mine(Fund(me)),
            Mine(Sends(me, Router, Ether, gas: 300_000) with { Failed = true, Inside = [new(Router, me, "77")], Moves = [new(Usdc, me, Other, "5")] },
                Sends(Other, me, "9") with { Failed = true }),
        ],
            ["to oneself"] = me => [Mine(Fund(me)), Mine(Sends(me, me, Ether)), Mine(Sends(me, Usdc) with { Moves = [new(Usdc, me, me, "12")] })],
            ["the making of a contract"] = me =>
            [
                Mine(Fund(me)),
            Mine(new EvmTransaction(me, null, "1234", Gas: 900_000, Created: "0x3333333333333333333333333333333333333333")),
            Mine(new EvmTransaction(me, null, "0", Gas: 900_000, Created: "0x4444444444444444444444444444444444444444", Failed: true)),
        ],
            ["an account that is a contract made by a transaction"] = me =>
                [Mine(new EvmTransaction(Other, null, "5000", Gas: 900_000, Created: me)), Mine(Sends(Other, me, "1"))],
            ["an account that is a contract made inside one"] = me =>
                [Mine(Sends(Other, Router, "70") with { Inside = [new(Router, null, "70", "create2", Created: me)] }),
                Mine(Sends(Other, Router) with { Inside = [new(me, Other, "70", "selfdestruct")] })],
            ["three lists, one transaction"] = me =>
            [
                Mine(Fund(me) with { Moves = [new(Dust, Other, me, "20")] }),
            Mine(Sends(me, Router, Ether, gas: 180_000) with
            {
                Inside = [new(Router, Weth, "900000000000000000"), new(Router, me, "100000000000000000"), new(Router, me, "3")],
                Moves = [new(Usdc, Router, me, "2500000000"), new(Usdc, Router, me, "1"), new(Dust, me, Router, "8"), new(Usdc, me, Other, "100")],
            }),
        ],
            ["movements inside only, and such as move nothing"] = me =>
            [
                Mine(Sends(Other, Router) with { Inside = [new(Router, me, "500"), new(Router, me, "600", "delegatecall"),
                new(Router, me, "700", Failed: true)] }),
            Mine(Sends(Other, Router) with { Inside = [new(me, Router, "20"), new(Router, me, "20")] }),
        ],
            ["the native coin wrapped and unwrapped"] = me =>
            [
                Mine(Fund(me)),
            Mine(Sends(me, Weth, Ether, gas: 45_000) with { Input = DepositCall, Moves = [new(Weth, null, me, Ether, IsLogged: false)] }),
            Mine(Sends(me, Weth, "10", gas: 45_000) with { Moves = [new(Weth, null, me, "10", IsLogged: false)] }),
            Mine(Sends(me, Weth, gas: 45_000) with { Input = "0x2e1a7d4d" + 7.ToString("x64"), Moves = [new(Weth, me, null, "7", IsLogged: false)],
                Inside = [new(Weth, me, "7")] }),
            Mine(Sends(me, Weth, "10", gas: 45_000) with { Input = DepositCall, Failed = true }),
        ],
            ["tokens of one name, and logs in another's name"] = me =>
            [
                Mine(Sends(Other, Usdc) with { Moves = [new(Usdc, Other, me, "1000000")] }),
            Mine(Sends(Other, Dust) with { Moves = [new(Dust, Other, me,
                "115792089237316195423570985008687907853269984665640564039457584007913129639935")] }),
            Mine(Sends(Other, Dust) with { Moves = [new(Dust, me, Other, "0"), new(Dust, me, Router, "0")] }),
        ],
        };

    /// <summary>Those with a part that no list tells: the sum of what was read and of that part is the balance.</summary>
    public static IReadOnlyDictionary<string, Func<string, IReadOnlyList<EvmMine>>> Untold { get; } =
        new Dictionary<string, Func<string, IReadOnlyList<EvmMine>>>
        {
            ["withdrawals of a stake"] = me => [Mine(Sends(Other, me, "5")), new(Ethereum, Gifts: [new(me, "18000000000000000")]),
            new(Ethereum, Gifts: [new(me, "32000000000000000000")])],
            ["block rewards"] = me => [Mine(Sends(Other, me, "5")) with { Gifts = [new(me, "2000000000000000000", EvmGiftKind.Reward)] }],
            ["an allocation of the genesis"] = me => [new(Ethereum, Gifts: [new(me, Ether, EvmGiftKind.Genesis)]), Mine(Sends(me, Other, "5"))],
            ["a token that keeps a part of each transfer"] = me =>
                [Mine(Sends(Other, Dust) with { Moves = [new(Dust, Other, me, "1000", Arrives: "970")] }),
                Mine(Sends(Other, Dust) with { Moves = [new(Dust, Other, me, "500", Arrives: "485")] })],
            ["a token that rebases"] = me =>
                [Mine(Sends(Other, Dust) with { Moves = [new(Dust, Other, me, "1000")] }), new(Ethereum, Rebases: [new(Dust, null, me, "13")]),
                new(Ethereum, Rebases: [new(Dust, me, null, "400")])],
            ["the native coin wrapped by a contract of one's own"] = me =>
                [Mine(Sends(Other, me, "50") with { Inside = [new(me, Weth, "50")], Moves = [new(Weth, null, me, "50", IsLogged: false)] })],
        };

    /// <summary>Those whose cost only a node's receipts tell.</summary>
    public static IReadOnlyDictionary<string, Func<string, IReadOnlyList<EvmMine>>> Costly { get; } =
        new Dictionary<string, Func<string, IReadOnlyList<EvmMine>>>
        {
            ["blobs"] = me =>
                [Mine(Fund(me)), Mine(Sends(me, Other, gas: 21_000) with { Type = 3, BlobGas = 131_072 * 3, BlobGasPrice = "987654321" },
            Sends(me, Other, "1"))],
            ["the room on the chain below"] = me =>
                [Op(Fund(me)), Op(Sends(me, Other, "7") with { L1Fee = "116000000000" }),
                    Op(Sends(me, Other, "7") with { L1Fee = "31", Failed = true }),
                Op(Sends(Other, me, "7") with { L1Fee = "99" })],
            ["a deposit from the chain below"] = me =>
            [
                Op(new EvmTransaction(me, me, Ether, GasPrice: "0", Type: 0x7e, Mint: Ether)),
            Op(new EvmTransaction(me, Router, "5", GasPrice: "0", Type: 0x7e, Mint: "8", Failed: true)),
            Op(Sends(me, Other, "7") with { L1Fee = "5" }),
        ],
        };

    public static EvmMine Mine(params EvmTransaction[] transactions) => new(Ethereum, transactions);

    public static EvmTransaction Sends(string from, string to, string value = "0", long gas = 21_000, string price = "1000000007") =>
        new(from, to, value, gas, price);

    private static EvmMine Op(params EvmTransaction[] transactions) => new(Optimism, transactions);

    private static EvmTransaction Fund(string me) => Sends(Other, me, "10000000000000000000");
}
