using Benchmarks.Append;
using Benchmarks.Burst;
using Benchmarks.Caching;
using Benchmarks.CatchingUp;
using Benchmarks.Exporting;
using Benchmarks.Fairness;
using Benchmarks.Live;
using Benchmarks.Reading;
using Benchmarks.Syncing;
using Benchmarks.Valuing;

return args switch
{
    ["append", ..] => await AppendBenchmark.RunAsync(),
    ["sync"] => await SyncBenchmark.RunAsync(100_000),
    ["sync", var transactions] when int.TryParse(transactions, out var count) && count > 0 => await SyncBenchmark.RunAsync(count),
    ["read"] => await ReadBenchmark.RunAsync(100_000),
    ["read", var transactions] when int.TryParse(transactions, out var count) && count >= 100 => await ReadBenchmark.RunAsync(count),
    ["catchup"] => await CatchUpBenchmark.RunAsync(500_000),
    ["catchup", var events] when int.TryParse(events, out var count) && count > 0 => await CatchUpBenchmark.RunAsync(count),
    ["fair"] => await FairBenchmark.RunAsync(1),
    ["fair", var whales] when int.TryParse(whales, out var count) && count is > 0 and <= 20 => await FairBenchmark.RunAsync(count),
    ["burst"] => await BurstBenchmark.RunAsync(2_000),
    ["burst", var wallets] when int.TryParse(wallets, out var count) && count > 0 => await BurstBenchmark.RunAsync(count),
    ["portfolio"] => await ValueBenchmark.RunAsync(300_000),
    ["portfolio", var transactions] when int.TryParse(transactions, out var count) && count >= 1_000 => await ValueBenchmark.RunAsync(count),
    ["export"] => await ExportBenchmark.RunAsync(1_000_000),
    ["export", var rows] when int.TryParse(rows, out var count) && count >= 1_000 => await ExportBenchmark.RunAsync(count),
    ["cache"] => await CacheBenchmark.RunAsync(),
    ["live"] => await LiveBenchmark.RunAsync(10_000),
    ["live", var addresses] when int.TryParse(addresses, out var count) && count >= 1_000 => await LiveBenchmark.RunAsync(count),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("Benchmarks: append, sync [transactions], read [transactions], catchup [events], fair [whales], burst [wallets], "
        + "portfolio [transactions], export [rows], cache, live [addresses]");
    return 2;
}
