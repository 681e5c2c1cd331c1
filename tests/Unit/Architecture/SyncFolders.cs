using System.Reflection;
using System.Text.RegularExpressions;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Architecture;

/// <summary>
/// The folders of services/Sync are read from left to right: each uses those before it, and none after it. What stands at the
/// root wires them together and is used by nobody, but for what all share. Unnecessary usings do not build, so usings tell.
/// </summary>
public sealed class SyncFolders(ITestOutputHelper output)
{
    private static readonly string[] Order =
        ["Chains", "Providers", "Networks", "Proofs", "Ledgers", "Reconciliation", "Walks", "WalletSyncs", "Following", "CrossChecks"];

    /// <summary>What lies beside the folders and may be used by all of them; the rest of it by nobody.</summary>
    private static readonly string[] Shared = ["SyncOptions", "SyncQueues", "SyncMetrics"];
    private static readonly string[] Wiring = ["SyncModule", "Program", "SyncContractMap"];

    private static readonly HashSet<(string Folder, string Type)> Types = [.. Assembly.Load("Sync").GetTypes()
        .Where(type => type.Namespace?.StartsWith("Sync.", StringComparison.Ordinal) is true)
        .Select(type => (type.Namespace!.Split('.')[^1], type.Name.Split('`')[0]))];

    private static string Sync => Path.Combine(Repository.Root, "services", "Sync");

    [Fact]
    public void each_folder_uses_only_those_left_of_it()
    {
        output.WriteLine(string.Join(" <- ", Order));
        foreach (var (place, folder) in Order.Index())
        {
            var right = Order[(place + 1)..];
            foreach (var file in Directory.GetFiles(Path.Combine(Sync, folder), "*.cs", SearchOption.AllDirectories))
            {
                var code = DependencyRule.CodeOf(file);
                Regex.Match(code, @"^namespace ([\w.]+);", RegexOptions.Multiline).Groups[1].Value
                    .ShouldBe($"Sync.{Path.GetRelativePath(Sync, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.')}", file);
                Used(code).Intersect(right).ShouldBeEmpty(file);
                Regex.Matches(code, @"\w+").Select(word => word.Value).Intersect(Wiring).ShouldBeEmpty(file);
            }
        }
    }

    [Fact]
    public void beside_the_folders_lies_only_what_all_use_and_what_wires_them()
    {
        Directory.GetDirectories(Sync).Where(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Any())
            .Select(Path.GetFileName).Where(name => name is not ("bin" or "obj")).ShouldBe(Order, ignoreOrder: true);
        Directory.GetFiles(Sync, "*.cs").Select(Path.GetFileNameWithoutExtension).ShouldBe([.. Shared, .. Wiring], ignoreOrder: true);
        foreach (var name in Shared) Used(DependencyRule.CodeOf(Path.Combine(Sync, $"{name}.cs"))).ShouldBeEmpty(name);
    }

    // By a using, or by a name that begins with a folder's.
    private static IEnumerable<string> Used(string code) =>
        Regex.Matches(code, @"^using (?:static )?Sync\.(\w+)", RegexOptions.Multiline).Select(use => use.Groups[1].Value)
            .Concat(Regex.Matches(code, @"\b(\w+)\.(\w+)")
                .Where(name => Types.Contains((name.Groups[1].Value, name.Groups[2].Value)))
                .Select(name => name.Groups[1].Value));
}
