using System.Security.Cryptography;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Gateway;

/// <summary>The page's libraries are what npm has of them, and nobody edits them here.</summary>
public sealed class VendoredLibraries
{
    [Fact]
    public void they_are_as_they_were_brought()
    {
        var folder = Path.Combine(Repository.Root, "services", "Gateway", "Web", "vendor");
        var told = File.ReadLines(Path.Combine(folder, "SHA256SUMS")).Select(line => line.Split("  ")).ToDictionary(line => line[1], line => line[0]);
        var files = Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".js" or ".css").ToList();
        files.Select(file => Path.GetFileName(file)).ShouldBe(told.Keys, ignoreOrder: true);
        foreach (var file in files)
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))).ShouldBe(told[Path.GetFileName(file)], file);
    }
}
