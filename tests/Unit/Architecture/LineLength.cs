using Shouldly;
using Testing;
using Xunit;

namespace Unit.Architecture;

/// <summary>
/// Lines of code have at most 150 characters, so that two files fit beside each other. What a test quotes in a raw string,
/// an answer of a provider above all, stands as it was given.
/// </summary>
public sealed class LineLength
{
    private const int Most = 150;

    [Fact]
    public void no_line_is_longer_than_a_reader_sees() => Files().SelectMany(LongLines).ShouldBeEmpty();

    private static IEnumerable<string> Files() =>
        from root in new[] { "building-blocks", "services", "tests" }
        from path in Directory.EnumerateFiles(Path.Combine(Repository.Root, root), "*.cs", SearchOption.AllDirectories)
        select Path.GetRelativePath(Repository.Root, path);

    private static IEnumerable<string> LongLines(string file)
    {
        var (quoted, number) = (false, 0);
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, file)))
        {
            number++;
            var marks = line.Split("\"\"\"").Length - 1;
            var isQuoting = file.StartsWith("tests/", StringComparison.Ordinal) && (quoted || marks > 0);
            if (marks % 2 == 1) quoted = !quoted;
            if (line.Length > Most && !isQuoting) yield return $"{file}:{number} has {line.Length} characters";
        }
    }
}
