using System.Diagnostics.Metrics;

namespace Metrics;

/// <summary>
/// The metrics of one project: each is made here with its name, unit, help and labels, so that what is listed is what there
/// is. The page of the list, its dashboards and its alerts are checked against it.
/// </summary>
public sealed class MetricCatalogue(string meter) : IDisposable
{
    private readonly Meter meter = new(meter);
    private readonly List<(Metric Metric, Action<KeyValuePair<string, object?>[]> Begin)> entries = [];

    /// <summary>The name of the meter.</summary>
    public string Meter => meter.Name;

    /// <summary>All there are.</summary>
    public IEnumerable<Metric> All => entries.Select(entry => entry.Metric);

    /// <summary>A counter; each of its series begins at 0.</summary>
    public Counter<long> Counter(string name, string help, IReadOnlyList<Label>? labels = null, string? unit = null)
    {
        var counter = meter.CreateCounter<long>(name, unit, help);
        Add(MetricKind.Counter, name, help, labels, unit, series => counter.Add(0, series));
        return counter;
    }

    /// <summary>A number that is counted up and down; each of its series begins at 0.</summary>
    public UpDownCounter<long> UpDownCounter(string name, string help, IReadOnlyList<Label>? labels = null)
    {
        var counter = meter.CreateUpDownCounter<long>(name, null, help);
        Add(MetricKind.Gauge, name, help, labels, null, series => counter.Add(0, series));
        return counter;
    }

    /// <summary>A yes or no, as 1 or 0; each of its series begins at 0.</summary>
    public Gauge<int> Flag(string name, string help, IReadOnlyList<Label>? labels = null)
    {
        var flag = meter.CreateGauge<int>(name, null, help);
        Add(MetricKind.Gauge, name, help, labels, null, series => flag.Record(0, series));
        return flag;
    }

    /// <summary>A number that is measured; there is none before the first time.</summary>
    public Gauge<T> Gauge<T>(string name, string help, IReadOnlyList<Label>? labels = null, string? unit = null) where T : struct
    {
        Add(MetricKind.Gauge, name, help, labels, unit, _ => { });
        return meter.CreateGauge<T>(name, unit, help);
    }

    /// <summary>How values are spread, up to each of these bounds.</summary>
    public Histogram<double> Histogram(string name, string help, string? unit, double[] bounds, IReadOnlyList<Label>? labels = null)
    {
        Add(MetricKind.Histogram, name, help, labels, unit, _ => { });
        return meter.CreateHistogram(name, unit, help, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
    }

    /// <summary>
    /// Begins every series of which all labels are known: those with closed values by themselves, the others from these
    /// rows, each of which names values that belong together. Once somebody collects; what was there before begins nothing.
    /// </summary>
    public void Begin(IEnumerable<IReadOnlyDictionary<string, string>> known)
    {
        IReadOnlyDictionary<string, string>[] rows = [new Dictionary<string, string>(), .. known];
        foreach (var (metric, begin) in entries)
        {
            var closed = metric.Labels.Where(label => label.Values.Count > 0);
            var bounded = metric.Labels.Where(label => label.Values.Count == 0).ToList();
            IEnumerable<KeyValuePair<string, object?>[]> series = rows
                .Where(row => bounded.TrueForAll(label => row.ContainsKey(label.Name)))
                .Select(row => bounded.Select(label => new KeyValuePair<string, object?>(label.Name, row[label.Name])).ToArray())
                .DistinctBy(tags => string.Join('\n', tags.Select(tag => tag.Value)));
            foreach (var label in closed)
                series = series.SelectMany(tags => label.Values, (tags, value) => (KeyValuePair<string, object?>[])[.. tags, new(label.Name, value)]);
            foreach (var tags in series) begin(tags);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private void Add(MetricKind kind, string name, string help, IReadOnlyList<Label>? labels, string? unit,
        Action<KeyValuePair<string, object?>[]> begin) =>
        entries.Add((new Metric(name, kind, unit, help, labels ?? []), begin));
}
