using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Testing;

namespace Unit.Deploy.Kubernetes;

/// <summary>What one overlay of deploy/k8s applies, in Kubernetes' own types.</summary>
internal sealed class Overlay
{
    private static readonly Dictionary<string, Type> Operators = new()
    {
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["keda.sh/v1alpha1/TriggerAuthentication"] = typeof(TriggerAuthentication),
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(PodMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["postgresql.cnpg.io/v1/Cluster"] = typeof(PostgresCluster),
        ["rabbitmq.com/v1beta1/RabbitmqCluster"] = typeof(RabbitmqCluster),
    };

    private static readonly ConcurrentDictionary<string, Overlay> Read = [];

    private Overlay(string name)
    {
        Documents = Kustomization.Build(Folder(name));
        // Strict: a field that the type has not, or one that is given twice, is an error.
        Objects = [.. KubernetesYaml.LoadAllFromString(string.Join("\n---\n", Documents.Select(document => document.ToJsonString())), Operators, true)
            .Cast<IKubernetesObject<V1ObjectMeta>>()];
    }

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(Path.Combine(Repository.Root, "deploy", "k8s", "overlays")).Select(folder => Path.GetFileName(folder)).Order()];

    public static Overlay Of(string name) => Read.GetOrAdd(name, _ => new Overlay(name));

    public IReadOnlyList<JsonObject> Documents { get; }

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Everything that makes pods, with the pods it makes.</summary>
    public IEnumerable<Workload> Workloads => Objects.Select(item => item switch
    {
        V1Deployment it => new Workload(it.Metadata.Name, item, it.Spec.Template, it.Spec.Selector),
        V1StatefulSet it => new Workload(it.Metadata.Name, item, it.Spec.Template, it.Spec.Selector),
        V1Job it => new Workload(it.Metadata.Name, item, it.Spec.Template, null),
        _ => null,
    }).OfType<Workload>();

    /// <summary>The labels of all pods there will be: of the workloads, and those that operators give theirs.</summary>
    public IEnumerable<IDictionary<string, string>> Pods =>
    [
        .. Workloads.Select(workload => workload.Labels),
        .. All<PostgresCluster>().Select(cluster => new Dictionary<string, string> { ["cnpg.io/cluster"] = cluster.Metadata.Name }),
        .. All<RabbitmqCluster>().Select(cluster => new Dictionary<string, string>
        {
            ["app.kubernetes.io/name"] = cluster.Metadata.Name, ["app.kubernetes.io/component"] = "rabbitmq",
        }),
    ];

    public static string Folder(string name) => Path.Combine(Repository.Root, "deploy", "k8s", "overlays", name);

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    public IDictionary<string, string> Map(string name) => All<V1ConfigMap>().Single(map => map.Metadata.Name == name).Data;

    public IEnumerable<Workload> SelectedBy(V1LabelSelector selector) => Workloads.Where(workload => Selects(selector, workload.Labels));

    /// <summary>Whether a selector selects pods with these labels.</summary>
    public static bool Selects(V1LabelSelector? selector, IDictionary<string, string> labels) =>
        selector is not null
        && (selector.MatchLabels ?? new Dictionary<string, string>()).All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value)
        && (selector.MatchExpressions ?? []).All(expression => expression.OperatorProperty == "Exists"
            ? labels.ContainsKey(expression.Key) : throw new NotSupportedException(expression.OperatorProperty));

    internal sealed record Workload(string Name, IKubernetesObject<V1ObjectMeta> Of, V1PodTemplateSpec Template, V1LabelSelector? Selector)
    {
        public IDictionary<string, string> Labels => Template.Metadata.Labels;

        public V1Container Container => Template.Spec.Containers.Single();

        public bool IsOurs => Container.Image.StartsWith("wallets/", StringComparison.Ordinal);

        /// <summary>The service whose program runs: sync also for a Deployment of one network.</summary>
        public string Service => Container.Image.Split('/', ':')[^2];
    }
}
