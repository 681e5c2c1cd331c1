using System.Globalization;

namespace ChainSimulator.Serving;

/// <summary>
/// What the command line says: --demo, --seed N, --mine-every 30s (or 500ms, 2m), --journal FILE, --offset-cap N (blockchain.info's),
/// --blockchair-offset-cap N; the rest is the web server's.
/// </summary>
internal sealed record SimulatorOptions(bool IsDemo, ulong Seed, TimeSpan? MineEvery, string? Journal, int OffsetCap, int BlockchairOffsetCap,
    string[] Others)
{
    public static SimulatorOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SimulatorOptions(false, 1, null, null, 50_000, 1_000_000, []);
        List<string> others = [];
        for (var i = 0; i < args.Count; i++)
        {
            switch (args[i])
            {
                case "--demo": options = options with { IsDemo = true }; break;
                case "--seed": options = options with { Seed = ulong.Parse(Next(ref i), CultureInfo.InvariantCulture) }; break;
                case "--mine-every": options = options with { MineEvery = Span(Next(ref i)) }; break;
                case "--journal": options = options with { Journal = Next(ref i) }; break;
                case "--offset-cap": options = options with { OffsetCap = int.Parse(Next(ref i), CultureInfo.InvariantCulture) }; break;
                case "--blockchair-offset-cap":
                    options = options with { BlockchairOffsetCap = int.Parse(Next(ref i), CultureInfo.InvariantCulture) };
                    break;
                default: others.Add(args[i]); break;
            }
        }

        return options with { Others = [.. others] };

        string Next(ref int i) => ++i < args.Count ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
    }

    private static TimeSpan Span(string text)
    {
        var digits = text.TrimEnd('h', 'm', 's');
        var number = int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => throw new ArgumentException($"'{text}' is no time span; write 500ms, 30s, 2m or 1h."),
        };
    }
}
