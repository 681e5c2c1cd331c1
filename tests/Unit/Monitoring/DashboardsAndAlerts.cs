using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Monitoring;

/// <summary>What Grafana and Prometheus read, against the metrics there are and the runbook.</summary>
public sealed class DashboardsAndAlerts
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Folder = Path.Combine("deploy", "grafana", "dashboards");
    private static readonly string Rules = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.yml"));

    [Fact]
    public void the_dashboards_are_made_of_their_description()
    {
        foreach (var dashboard in Dashboards.All)
            MadeFile.Compare(Path.Combine(Folder, $"{dashboard.Name}.json"), dashboard.ToJson().ToJsonString(Indented) + "\n");
        Directory.GetFiles(Path.Combine(Repository.Root, Folder)).Select(Path.GetFileNameWithoutExtension)
            .ShouldBe(Dashboards.All.Select(dashboard => dashboard.Name), ignoreOrder: true);
    }

    [Fact]
    public void a_dashboard_can_be_told_from_the_others_and_asks_whatever_prometheus_is_chosen()
    {
        var read = Directory.GetFiles(Path.Combine(Repository.Root, Folder)).Select(file => JsonNode.Parse(File.ReadAllText(file))!).ToList();
        read.Select(dashboard => (string?)dashboard["uid"]).ShouldBeUnique();
        read.Select(dashboard => (string?)dashboard["title"]).ShouldBeUnique();
        foreach (var panels in read.Select(dashboard => dashboard["panels"]!.AsArray()))
        {
            panels.Select(panel => (int)panel!["id"]!).ShouldBeUnique();
            panels.Where(panel => (string?)panel!["type"] != "row").ShouldAllBe(panel =>
                (string?)panel!["datasource"]!["uid"] == "${datasource}" && panel["targets"]!.AsArray().Count > 0);
        }
    }

    [Fact]
    public void panels_and_alerts_ask_for_metrics_that_there_are()
    {
        var asked = Dashboards.All.SelectMany(dashboard => dashboard.Rows).SelectMany(row => row.Panels).SelectMany(panel => panel.Queries)
            .Select(query => query.Expr).Concat(AlertExpressions()).ToList();
        asked.Count.ShouldBeGreaterThan(100);
        foreach (var expr in asked) NamesIn(expr).ShouldBeSubsetOf(Catalogues.PageNames, expr);
    }

    [Fact]
    public void every_metric_of_ours_has_a_panel()
    {
        var shown = Dashboards.All.SelectMany(dashboard => dashboard.Rows).SelectMany(row => row.Panels).SelectMany(panel => panel.Queries)
            .SelectMany(query => NamesIn(query.Expr)).ToHashSet();
        Catalogues.Own.SelectMany(own => own.Catalogue.All).Select(metric => metric.PageName)
            .Where(name => !shown.Contains(name) && !shown.Contains($"{name}_bucket")).ShouldBeEmpty();
    }

    /// <summary>In a cluster they come with what is scraped: those that miss the broker only where an operator runs it.</summary>
    [Fact]
    public void a_cluster_has_the_same_alerts()
    {
        var groups = Regex.Matches(Rules, @"(?m)^  - name: (?<name>\w+)\n(?:(?! {2}[-#]).*\n?)+");
        groups.Count.ShouldBe(Regex.Count(Rules, @"(?m)^  - name: "));
        var byBroker = groups.ToLookup(group => group.Groups["name"].Value == "broker");
        MadeFile.Compare("deploy/k8s/components/monitoring/alerts.yaml", RuleOf("wallets", byBroker[false]));
        MadeFile.Compare("deploy/k8s/components/operators/alerts.yaml", RuleOf("rabbitmq", byBroker[true]));

        static string RuleOf(string name, IEnumerable<Match> groups) => $"""
            # Made of deploy/prometheus/alerts.yml; not to be edited.
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata:
              name: {name}
            spec:
              groups:

            """ + string.Join('\n', groups.Select(group => Regex.Replace(group.Value.TrimEnd('\n'), "(?m)^(?=.)", "  ") + "\n"));
    }

    [Fact]
    public void every_alert_has_a_severity_words_a_runbook_and_a_test()
    {
        var runbook = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operations.md"))
            .Where(line => line.StartsWith('#')).Select(Anchor).ToHashSet();
        var tests = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.test.yml"));
        var alerts = Regex.Split(Rules, @"(?m)^ +- alert: ").Skip(1).ToList();
        alerts.Count.ShouldBeGreaterThan(15);
        foreach (var alert in alerts)
        {
            var name = alert[..alert.IndexOf('\n')].Trim();
            alert.ShouldMatch(@"severity: (critical|warning) ", name);
            foreach (var annotation in (string[])["summary", "description"]) alert.ShouldMatch($@"(?m)^ +{annotation}: "".+""$", name);
            var anchor = Regex.Match(alert, @"runbook: docs/operations\.md#(\S+)").Groups[1].Value;
            anchor.ShouldBe($"alert-{name.ToLowerInvariant()}");
            runbook.ShouldContain(anchor);
            tests.ShouldContain($"alertname: {name}\n        exp_alerts:", customMessage: $"{name} has no test in which it fires");
        }
    }

    // As GitHub makes them of headings.
    private static string Anchor(string heading) =>
        Regex.Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-');

    private static IEnumerable<string> AlertExpressions() =>
        Regex.Matches(Rules, @"(?m)^ +expr: (?:\|\n(?<e>(?: {10}.+\n)+)|(?<e>.+)$)").Select(match => match.Groups["e"].Value);

    /// <summary>Words of a query that are no functions, labels, strings or spans: the names of metrics.</summary>
    private static IEnumerable<string> NamesIn(string expr)
    {
        var bare = Regex.Replace(expr, @"""[^""]*""|\{[^}]*\}|\[[^\]]*\]", " ");
        bare = Regex.Replace(bare, @"\b(by|on|without|ignoring)\s*\([^)]*\)", " ");
        return Regex.Matches(bare, @"\b[A-Za-z_]\w*\b(?!\s*\()").Select(word => word.Value)
            .Where(word => word is not ("or" or "and" or "sum" or "max" or "min"));
    }
}
