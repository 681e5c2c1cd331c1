using Benchmarks.Append;
using Benchmarks.Syncing;

return args switch
{
    ["append", ..] => await AppendBenchmark.RunAsync(),
    ["sync"] => await SyncBenchmark.RunAsync(100_000),
    ["sync", var transactions] when int.TryParse(transactions, out var count) && count > 0 => await SyncBenchmark.RunAsync(count),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("Benchmarks: append, sync [transactions]");
    return 2;
}
