using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Testing;
using Xunit;

namespace Whole.Monitoring;

/// <summary>What is made of the metrics, asked of a real Prometheus over a real system: each panel, each alert, each name.</summary>
public sealed partial class WatchingTheSystem(WatchedSystem watched) : IClassFixture<WatchedSystem>
{
    // What libraries tell by themselves; everything else on the pages is ours.
    private static readonly string[] OfLibraries = ["aspnetcore_", "db_client_", "dns_", "dotnet_", "http_", "kestrel_", "messaging_masstransit_"];
    private static readonly string[] Services = ["gateway", "wallets", "sync", "portfolio"];
    private static readonly string Deploy = Path.Combine(Repository.Root, "deploy");

    [Fact]
    public async Task every_panel_of_every_dashboard_has_data()
    {
        var queries = Directory.GetFiles(Path.Combine(Deploy, "grafana", "dashboards"), "*.json").SelectMany(Queries).ToList();
        queries.Count.ShouldBeGreaterThan(100);

        await Eventually.Get(
            async () =>
            {
                var empty = new List<string>();
                foreach (var (panel, expr) in queries)
                {
                    if (!(await watched.QuerySinceBeginningAsync(expr)).Any(HasNumber)) empty.Add($"{panel}: {expr}");
                }

                return string.Join('\n', empty);
            },
            empty => empty == "", "every panel has data", TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task every_alert_is_watched_and_nothing_is_critical()
    {
        var rules = await Eventually.Get(watched.RulesAsync, rules => rules.All(rule => rule.GetProperty("health").GetString() == "ok"),
            "every rule was evaluated");

        rules.Count.ShouldBe(Regex.Count(await File.ReadAllTextAsync(Path.Combine(Deploy, "prometheus", "alerts.yml"),
            TestContext.Current.CancellationToken), "- alert: "));
        foreach (var rule in rules) await watched.QueryAsync(rule.GetProperty("query").GetString()!);
        rules.Where(rule => rule.GetProperty("state").GetString() == "firing")
            .Where(rule => rule.GetProperty("labels").GetProperty("severity").GetString() == "critical")
            .Select(rule => rule.GetProperty("name").GetString()).ShouldBeEmpty();
    }

    [Fact]
    public async Task what_the_services_tell_is_what_is_listed()
    {
        var listed = Listed();
        listed.Count.ShouldBeGreaterThan(40);
        // Some are told of what was fetched from outside, so a moment after the start.
        await Eventually.Is(async () =>
        {
            var told = await ToldAsync(listed);
            return listed.Keys.All(told.Contains);
        }, "whatever is listed is told by somebody");
    }

    private async Task<HashSet<string>> ToldAsync(Dictionary<string, Entry> listed)
    {
        var told = new HashSet<string>();
        foreach (var service in Services)
        {
            foreach (var (name, kind, help, labels) in Families(await watched.PageAsync(service)))
            {
                if (OfLibraries.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))) continue;
                var entry = listed.GetValueOrDefault(name).ShouldNotBeNull($"{name} of {service} is not listed");
                (kind, help).ShouldBe((entry.Kind, entry.Help), $"{name} of {service}");
                foreach (var series in labels)
                {
                    series.Keys.ShouldBe(entry.Labels.Keys, ignoreOrder: true, $"{name} of {service}");
                    foreach (var (label, values) in entry.Labels.Where(label => label.Value.Length > 0))
                        values.ShouldContain(series[label], $"{name} of {service}, {label}");
                }

                told.Add(name);
            }
        }

        return told;
    }

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    public async Task promtool_finds_nothing_wrong(params string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = Path.Combine(Deploy, "prometheus"), RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var promtool = Process.Start(start)!;
        var errors = promtool.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await promtool.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await promtool.WaitForExitAsync(TestContext.Current.CancellationToken);

        promtool.ExitCode.ShouldBe(0, output + await errors);
        output.ShouldContain("SUCCESS");
    }

    private static IEnumerable<(string Panel, string Expr)> Queries(string file)
    {
        var dashboard = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        foreach (var panel in dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
            {
                yield return ($"{dashboard.GetProperty("title")}, {panel.GetProperty("title")}",
                    target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "1m", StringComparison.Ordinal));
            }
        }
    }

    private static bool HasNumber(JsonElement series) => series.GetProperty("values").EnumerateArray()
        .Any(point => double.IsFinite(double.Parse(point[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal), provider: null)));

    private sealed record Entry(string Kind, string Help, Dictionary<string, string[]> Labels);

    // The tables of docs/metrics.md, which a unit test holds against the catalogues.
    private static Dictionary<string, Entry> Listed() => File.ReadLines(Path.Combine(Repository.Root, "docs", "metrics.md"))
        .Select(line => ListedRow().Match(line)).Where(row => row.Success)
        .ToDictionary(row => row.Groups["name"].Value, row => new Entry(row.Groups["kind"].Value, row.Groups["help"].Value,
            ListedLabel().Matches(row.Groups["labels"].Value)
                .ToDictionary(label => label.Groups["name"].Value, label => Values(label.Groups["bound"].Value))));

    // Nothing but values in code is a closed list.
    private static string[] Values(string bound)
    {
        var parts = bound.Split(", ");
        return parts.All(value => value is ['`', .., '`'] && !value.Contains(' ')) ? [.. parts.Select(value => value.Trim('`'))] : [];
    }

    private static IEnumerable<(string Name, string Kind, string Help, List<Dictionary<string, string>> Labels)> Families(string page)
    {
        var lines = page.Split('\n');
        foreach (var type in lines.Select(line => TypeLine().Match(line)).Where(match => match.Success))
        {
            var (name, kind) = (type.Groups["name"].Value, type.Groups["kind"].Value);
            var help = lines.FirstOrDefault(line => line.StartsWith($"# HELP {name} ", StringComparison.Ordinal))?[$"# HELP {name} ".Length..] ?? "";
            var own = kind == "histogram" ? $"{name}_count" : name;
            var labels = lines.Where(line => line.StartsWith(own + '{', StringComparison.Ordinal)).Select(line => PageLabel().Matches(line)
                .ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value));
            yield return (name, kind, help, [.. labels]);
        }
    }

    [GeneratedRegex(@"^\| `(?<name>\w+)` \| (?<kind>counter|gauge|histogram) \| (?<labels>.*) \| (?<help>[^|]+) \|$")]
    private static partial Regex ListedRow();

    [GeneratedRegex(@"`(?<name>\w+)`: (?<bound>.*?)(?:; (?=`\w+`: )|$)")]
    private static partial Regex ListedLabel();

    [GeneratedRegex(@"^# TYPE (?<name>\w+) (?<kind>\w+)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"(?<name>\w+)=""(?<value>[^""]*)""")]
    private static partial Regex PageLabel();
}
