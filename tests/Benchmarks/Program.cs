using Benchmarks.Append;

return args switch
{
    ["append", ..] => await AppendBenchmark.RunAsync(),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("Benchmarks: append");
    return 2;
}
