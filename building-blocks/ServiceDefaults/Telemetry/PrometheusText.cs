using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ServiceDefaults;

/// <summary>Prometheus' text format 0.0.4: one family after the other, names and labels in Prometheus' alphabet, values escaped.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(in Batch<Metric> batch)
    {
        var families = new SortedDictionary<string, (string Type, string Help, StringBuilder Samples)>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var type = TypeOf(metric);
            var name = NameOf(metric, type);
            if (!families.TryGetValue(name, out var family))
                families[name] = family = (type, metric.Description, new StringBuilder());
            // Two meters with one name and different kinds cannot share a family; the first stays.
            if (family.Type == type)
                WriteSamples(family.Samples, name, metric, type);
        }

        var text = new StringBuilder();
        foreach (var (name, (type, help, samples)) in families)
        {
            if (help.Length > 0)
                text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n').Append(samples);
        }
        return text.ToString();
    }

    private static string TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.Histogram or MetricType.ExponentialHistogram => "histogram",
        MetricType.LongSum or MetricType.DoubleSum when !IsDisguisedGauge(metric) => "counter",
        _ => "gauge",
    };

    // MassTransit counts what is in progress with a counter that it also counts down.
    private static bool IsDisguisedGauge(Metric metric) =>
        metric.MeterName == "MassTransit" && Sanitise(metric.Name).EndsWith("_active", StringComparison.Ordinal);

    private static string NameOf(Metric metric, string type)
    {
        var name = Sanitise(metric.Name);
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static void WriteSamples(StringBuilder text, string name, Metric metric, string type)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(point.Tags);
            if (type == "histogram")
            {
                if (metric.MetricType == MetricType.Histogram)
                    WriteBuckets(text, name, labels, in point);
                Sample(text, name + "_sum", labels, Number(point.GetHistogramSum()));
                Sample(text, name + "_count", labels, Number(point.GetHistogramCount()));
                continue;
            }
            Sample(text, name, labels, metric.MetricType switch
            {
                MetricType.LongSum or MetricType.LongSumNonMonotonic => Number(point.GetSumLong()),
                MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
                MetricType.LongGauge => Number(point.GetGaugeLastValueLong()),
                _ => Number(point.GetGaugeLastValueDouble()),
            });
        }
    }

    private static void WriteBuckets(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound);
            Sample(text, name + "_bucket", labels.Length == 0 ? $"le=\"{bound}\"" : $"{labels},le=\"{bound}\"", Number(count));
        }
    }

    private static void Sample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
            labels[Sanitise(key).Replace(':', '_')] = Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        return string.Join(',', labels.Select(label => $"{label.Key}=\"{label.Value}\""));
    }

    internal static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    internal static string Sanitise(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var c in name)
            clean.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        return clean.Length > 0 && char.IsAsciiDigit(clean[0]) ? "_" + clean : clean.ToString();
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
