using Chains;
using ServiceDefaults;

namespace Portfolio.Statements.Verifying;

/// <summary>
/// <c>dotnet Portfolio.dll verify-statement FILE [--key FILE]</c>: checks a statement offline and says of each thing whether it is shown. Exit
/// code 0: nothing is wrong; 1: something is, and every fault is named; 2: it cannot be read.
/// </summary>
internal static class VerifyStatementCommand
{
    private const string Usage = "Usage: dotnet Portfolio.dll verify-statement FILE [--key FILE]";

    // Ten thousand lines and two hundred proofs take less.
    private const long LargestFile = 64 * 1024 * 1024;

    public static ProgramCommand Command { get; } = new("verify-statement", options => RunAsync(options, Console.Out, Console.Error));

    internal static async Task<int> RunAsync(string[] options, TextWriter output, TextWriter error)
    {
        if (options is not ([_] or [_, "--key", _])) return await UnreadableAsync(Usage);
        try
        {
            var keys = options is [_, _, var keyFile] ? await File.ReadAllTextAsync(Small(keyFile)) : null;
            var findings = StatementFile.Check(await File.ReadAllBytesAsync(Small(options[0])), keys, Networks.Shipped);
            foreach (var finding in findings) await output.WriteLineAsync(finding.ToString());
            var faults = findings.Count(finding => finding.Kind is FindingKind.Fault);
            await output.WriteLineAsync(faults == 0 ? "Nothing is wrong with it." : $"{faults} things are wrong with it.");
            return faults == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return await UnreadableAsync(e.Message);
        }

        async Task<int> UnreadableAsync(string why)
        {
            await error.WriteLineAsync(why);
            return 2;
        }
    }

    private static string Small(string file) =>
        new FileInfo(file).Length <= LargestFile ? file : throw new IOException($"'{file}' is larger than any statement.");
}
