using System.Text;
using Metrics;
using Providers;
using Shouldly;
using Sync;
using Sync.Providers.Cache;
using Sync.Walks;
using Xunit;

namespace Unit.Monitoring;

/// <summary>docs/metrics.md is made of the catalogues; <c>Whole.Monitoring</c> compares it with what the services tell.</summary>
public sealed class ListedMetrics
{
    [Fact]
    public void the_page_is_made_of_the_catalogues() => MadeFile.Compare(Path.Combine("docs", "metrics.md"), Page());

    [Fact]
    public void a_name_is_given_once_and_says_whose_it_is()
    {
        foreach (var (title, _, catalogue) in Catalogues.Own)
        {
            catalogue.All.ShouldNotBeEmpty(title);
            catalogue.All.ShouldAllBe(metric => metric.Help.EndsWith('.') && metric.Name.Contains('.'));
        }

        Catalogues.Own.SelectMany(own => own.Catalogue.All).Select(metric => metric.PageName).ShouldBeUnique();
    }

    [Fact]
    public void no_label_can_hold_an_address_a_wallet_or_a_key() =>
        Catalogues.Own.SelectMany(own => own.Catalogue.All).SelectMany(metric => metric.Labels).Select(label => label.Name).Distinct()
            .ShouldBeSubsetOf(["network", "provider", "priority", "failure", "trigger", "outcome", "budget", "window", "kind",
                "source", "way", "queue", "lease", "saga", "issuer", "work", "why", "channel", "reason", "type", "status", "lane", "state",
                "verdict", "format"]);

    [Fact]
    public void closed_labels_have_the_values_that_the_code_gives()
    {
        Of("sync.slice.failures", "failure").ShouldBe(Enum.GetNames<ProviderFailure>());
        Of("sync.slices", "outcome").ShouldBe(Enum.GetNames<SliceOutcome>());
        Of("sync.runs", "trigger").ShouldBe(Enum.GetNames<SyncTrigger>().Select(name => name.ToLowerInvariant()));
        Of("sync.cache.lookups", "kind")
            .ShouldBe([CacheUsage.Summary, CacheUsage.Page, CacheUsage.Transaction, CacheUsage.Block, CacheUsage.Refusal]);

        static IReadOnlyList<string> Of(string metric, string label) =>
            SyncMetrics.Catalogue.All.Single(each => each.Name == metric).Labels.Single(each => each.Name == label).Values;
    }

    [Fact]
    public void every_series_that_is_known_begins_at_0()
    {
        using var catalogue = new MetricCatalogue($"Known.{Guid.NewGuid()}");
        catalogue.Counter("a.plain", "Nothing to tell apart.");
        catalogue.Counter("a.mixed", "Both.", [Label.Bounded("network", "some"), Label.Of("outcome", "good", "bad")]);
        catalogue.Flag("a.flag", "Of two.", [Label.Bounded("network", "some"), Label.Bounded("provider", "some")]);
        catalogue.Gauge<long>("a.gauge", "Measured.", [Label.Bounded("network", "some")]);
        var seen = new List<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == catalogue.Meter) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();

        catalogue.Begin([
            new Dictionary<string, string> { ["network"] = "x", ["provider"] = "p" },
            new Dictionary<string, string> { ["network"] = "x", ["provider"] = "q" },
            new Dictionary<string, string> { ["budget"] = "none of these" },
        ]);

        seen.ShouldBe(["a.plain{} 0", "a.mixed{network=x,outcome=good} 0", "a.mixed{network=x,outcome=bad} 0",
            "a.flag{network=x,provider=p} 0", "a.flag{network=x,provider=q} 0"]);

        void Note(System.Diagnostics.Metrics.Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            seen.Add($"{instrument.Name}{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}}} {value}");
    }

    private static string Page()
    {
        var page = new StringBuilder("""
            # Metrics
            Made of the catalogues in the code by `ACCEPT_MONITORING=1 ./test.sh Unit.Monitoring`; not to be edited. How to add one: [recipe](recipes/metric.md). Where they are told, and what is made of them: [operations](operations.md#monitoring).

            Counters begin at 0 for every value of their labels that is known at start. A histogram has `_bucket`, `_count` and `_sum`. No label holds an address, a wallet or a key: what a label can be is listed, and bounded.

            """);
        foreach (var (title, toldBy, catalogue) in Catalogues.Own)
        {
            page.Append($"\n## {title}\nTold by {toldBy}.\n\n| metric | kind | labels | what it tells |\n|---|---|---|---|\n");
            foreach (var metric in catalogue.All)
            {
                var labels = string.Join("; ", metric.Labels.Select(label => $"`{label.Name}`: {label.Bound}"));
                var kind = metric.Kind.ToString().ToLowerInvariant();
                page.Append($"| `{metric.PageName}` | {kind} | {(labels == "" ? "–" : labels)} | {metric.Help} |\n");
            }
        }

        page.Append("\n## Of libraries\nNot all that they tell, but what the dashboards and alerts use.\n\n| library | metrics |\n|---|---|\n");
        foreach (var (library, metrics) in Catalogues.Libraries)
            page.Append($"| {library} | {string.Join(", ", metrics.Select(name => $"`{name}`"))} |\n");
        return page.ToString();
    }
}
