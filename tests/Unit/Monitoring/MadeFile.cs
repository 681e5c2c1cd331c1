using Testing;
using Xunit;

namespace Unit.Monitoring;

/// <summary>A committed file that is made by the tests.</summary>
internal static class MadeFile
{
    /// <summary>Fails where the file is another one than this text; writes it instead where that is wanted.</summary>
    public static void Compare(string path, string text)
    {
        var file = Path.Combine(Repository.Root, path);
        if (File.Exists(file) && File.ReadAllText(file) == text) return;
        if (Environment.GetEnvironmentVariable("ACCEPT_MONITORING") is "1") File.WriteAllText(file, text);
        else Assert.Fail($"{path} is not what it is made of. To make it anew: ACCEPT_MONITORING=1 ./test.sh Unit.Monitoring");
    }
}
