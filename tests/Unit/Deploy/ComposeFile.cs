using System.Text.RegularExpressions;
using Testing;

namespace Unit.Deploy;

/// <summary>The compose file as far as its rules need it: services with their settings, those they merge in included. Read by indentation.</summary>
internal sealed class ComposeFile
{
    private readonly Dictionary<string, string[]> anchors = [];
    private readonly Dictionary<string, string[]> sections;

    private ComposeFile(string[] lines)
    {
        sections = Blocks(lines, 0);
        foreach (var (heading, block) in sections)
            if (Regex.Match(heading, @"&(\w+)$") is { Success: true } anchor)
                anchors[anchor.Groups[1].Value] = block;
        Services = Blocks(Section("services"), 2).ToDictionary(service => service.Key.TrimEnd(':'), service => Settings(service.Value, 4));
    }

    public static ComposeFile Read() => new(ReadLines("docker-compose.yml"));

    /// <summary>Each service's settings by name, as text; what is nested follows in further lines.</summary>
    public IReadOnlyDictionary<string, Dictionary<string, string>> Services { get; }

    public string[] Section(string name) => sections[name + ":"];

    /// <summary>The lines of a file beside the compose file, without comments and empty ones.</summary>
    public static string[] ReadLines(string file) =>
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "deploy", file)).Where(line => line.Trim() is not "" and not ['#', ..])];

    private Dictionary<string, string> Settings(string[] block, int indent)
    {
        var settings = new Dictionary<string, string>();
        foreach (var (heading, nested) in Blocks(block, indent))
        {
            var (name, value) = Regex.Match(heading, "^([^:]+): ?(.*)$") is { Success: true } match
                ? (match.Groups[1].Value, match.Groups[2].Value) : (heading, "");
            if (name == "<<")
            {
                foreach (var (merged, text) in Settings(anchors[value.TrimStart('*')], 2)) settings.TryAdd(merged, text);
                continue;
            }

            settings[name] = string.Join('\n', [value, .. nested.Select(line => line.Trim()).SelectMany(Merged)]).Trim();
        }

        return settings;

        // A merged map below a setting, such as the common part of an environment.
        IEnumerable<string> Merged(string line) =>
            line.StartsWith("<<: *", StringComparison.Ordinal) ? anchors[line[5..]].Select(merged => merged.Trim()) : [line];
    }

    private static Dictionary<string, string[]> Blocks(string[] lines, int indent)
    {
        var blocks = new Dictionary<string, string[]>();
        for (var i = 0; i < lines.Length;)
        {
            var heading = lines[i++][indent..];
            var nested = lines.Skip(i).TakeWhile(line => line[indent] == ' ').ToArray();
            i += nested.Length;
            blocks.Add(heading, nested);
        }

        return blocks;
    }
}
