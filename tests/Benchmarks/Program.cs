using Benchmarks.Append;
using Benchmarks.Reading;
using Benchmarks.Syncing;

return args switch
{
    ["append", ..] => await AppendBenchmark.RunAsync(),
    ["sync"] => await SyncBenchmark.RunAsync(100_000),
    ["sync", var transactions] when int.TryParse(transactions, out var count) && count > 0 => await SyncBenchmark.RunAsync(count),
    ["read"] => await ReadBenchmark.RunAsync(100_000),
    ["read", var transactions] when int.TryParse(transactions, out var count) && count >= 100 => await ReadBenchmark.RunAsync(count),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("Benchmarks: append, sync [transactions], read [transactions]");
    return 2;
}
