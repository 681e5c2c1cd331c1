using System.Text.RegularExpressions;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Architecture;

/// <summary>
/// The folders of services/Sync are read from left to right: each uses those before it, and none after it. What stands at the
/// root wires them together and is used by nobody, but for what all share.
/// </summary>
public sealed class SyncFolders(ITestOutputHelper output)
{
    private static readonly string[] Order = ["Chains", "Providers", "Networks", "Ledgers", "Reconciliation", "Walks", "WalletSyncs", "CrossChecks"];

    // What a round asks and reads still comes to Reconciliation as a walk; it goes with rounds that are decided without I/O.
    private static readonly HashSet<string> StillToMend = ["Reconciliation -> Walks"];

    [Fact]
    public void each_folder_uses_only_those_left_of_it()
    {
        var root = Path.Combine(Repository.Root, "services", "Sync");
        var files = Order.SelectMany(folder =>
            Directory.GetFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories).Select(file => (Folder: folder, File: file))).ToList();
        Directory.GetDirectories(root).Where(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")).Order().ShouldBe(Order.Order());

        var backwards = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (folder, file) in files)
        {
            foreach (Match used in Regex.Matches(File.ReadAllText(file), @"^using Sync\.(\w+)", RegexOptions.Multiline))
            {
                if (Array.IndexOf(Order, used.Groups[1].Value) > Array.IndexOf(Order, folder)) backwards.Add($"{folder} -> {used.Groups[1].Value}");
            }
        }

        output.WriteLine(string.Join(" <- ", Order));
        backwards.ShouldBe(StillToMend);
    }
}
