using Xunit;

namespace Whole;

/// <summary>What a run came to, in the test's own report and on the console.</summary>
internal static class Tell
{
    public static void Figures(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Console.WriteLine(line);
    }
}
