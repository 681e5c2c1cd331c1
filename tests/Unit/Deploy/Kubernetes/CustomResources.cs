using k8s;
using k8s.Models;

namespace Unit.Deploy.Kubernetes;

// The operators' resources, with those of their fields that deploy/k8s uses; any other is refused when it is read. As of KEDA 2.20,
// CloudNativePG 1.30, RabbitMQ Cluster Operator 2.22 and the Prometheus Operator 0.93.

public abstract class CustomResource<TSpec> : IKubernetesObject<V1ObjectMeta> where TSpec : class
{
    public required string ApiVersion { get; set; }
    public required string Kind { get; set; }
    public required V1ObjectMeta Metadata { get; set; }
    public required TSpec Spec { get; set; }
}

public sealed class ScaledObject : CustomResource<ScaledObject.Scaling>
{
    public sealed class Scaling
    {
        public required V2CrossVersionObjectReference ScaleTargetRef { get; set; }
        public int PollingInterval { get; set; }
        public int MinReplicaCount { get; set; }
        public int MaxReplicaCount { get; set; }
        public required Advanced Advanced { get; set; }
        public required Fallback Fallback { get; set; }
        public required List<Trigger> Triggers { get; set; }
    }

    public sealed class Advanced
    {
        public required HorizontalPodAutoscalerConfig HorizontalPodAutoscalerConfig { get; set; }
    }

    public sealed class HorizontalPodAutoscalerConfig
    {
        public required V2HorizontalPodAutoscalerBehavior Behavior { get; set; }
    }

    public sealed class Fallback
    {
        public int FailureThreshold { get; set; }
        public int Replicas { get; set; }
        public required string Behavior { get; set; }
    }

    public sealed class Trigger
    {
        public required string Type { get; set; }
        public required Dictionary<string, string> Metadata { get; set; }
        public required V1LocalObjectReference AuthenticationRef { get; set; }
    }
}

public sealed class TriggerAuthentication : CustomResource<TriggerAuthentication.Sources>
{
    public sealed class Sources
    {
        public required List<Target> SecretTargetRef { get; set; }
    }

    public sealed class Target
    {
        public required string Parameter { get; set; }
        public required string Name { get; set; }
        public required string Key { get; set; }
    }
}

public sealed class PodMonitor : CustomResource<PodMonitor.Monitoring>
{
    public sealed class Monitoring
    {
        public required string JobLabel { get; set; }
        public required V1LabelSelector Selector { get; set; }
        public required List<Endpoint> PodMetricsEndpoints { get; set; }
    }

    public sealed class Endpoint
    {
        public required string Port { get; set; }
        public required string Path { get; set; }
        public Dictionary<string, List<string>> Params { get; set; } = [];
        public required string Interval { get; set; }
    }
}

public sealed class PrometheusRule : CustomResource<PrometheusRule.Rules>
{
    public sealed class Rules
    {
        public required List<Group> Groups { get; set; }
    }

    public sealed class Group
    {
        public required string Name { get; set; }
        public required List<Rule> Rules { get; set; }
    }

    public sealed class Rule
    {
        public required string Alert { get; set; }
        public required string Expr { get; set; }
        public string For { get; set; } = "";
        public required Dictionary<string, string> Labels { get; set; }
        public required Dictionary<string, string> Annotations { get; set; }
    }
}

public sealed class PostgresCluster : CustomResource<PostgresCluster.Settings>
{
    public sealed class Settings
    {
        public int Instances { get; set; }
        public required string ImageName { get; set; }
        public required string PrimaryUpdateStrategy { get; set; }
        public required Bootstrap Bootstrap { get; set; }
        public required Postgresql Postgresql { get; set; }
        public required Storage Storage { get; set; }
        public required V1ResourceRequirements Resources { get; set; }
        public required Affinity Affinity { get; set; }
        public bool EnablePDB { get; set; }
    }

    public sealed class Bootstrap
    {
        public required InitDb Initdb { get; set; }
    }

    public sealed class InitDb
    {
        public required string Database { get; set; }
        public required string Owner { get; set; }
        public required V1LocalObjectReference Secret { get; set; }
        public required string Encoding { get; set; }
        public required string LocaleCollate { get; set; }
        public required string LocaleCType { get; set; }
    }

    public sealed class Postgresql
    {
        public required Synchronous Synchronous { get; set; }
        public required Dictionary<string, string> Parameters { get; set; }
    }

    public sealed class Synchronous
    {
        public required string Method { get; set; }
        public int Number { get; set; }
    }

    public sealed class Storage
    {
        public required string Size { get; set; }
    }

    public sealed class Affinity
    {
        public bool EnablePodAntiAffinity { get; set; }
        public required string TopologyKey { get; set; }
        public required string PodAntiAffinityType { get; set; }
    }
}

public sealed class RabbitmqCluster : CustomResource<RabbitmqCluster.Settings>
{
    public sealed class Settings
    {
        public int Replicas { get; set; }
        public required string Image { get; set; }
        public required SecretBackend SecretBackend { get; set; }
        public required Overriding Override { get; set; }
        public required Configuration Rabbitmq { get; set; }
        public required Persistence Persistence { get; set; }
        public required V1ResourceRequirements Resources { get; set; }
        public required V1Affinity Affinity { get; set; }
    }

    public sealed class SecretBackend
    {
        public required V1LocalObjectReference ExternalSecret { get; set; }
    }

    public sealed class Overriding
    {
        public required StatefulSetPart StatefulSet { get; set; }
    }

    public sealed class StatefulSetPart
    {
        public required StatefulSetSpecPart Spec { get; set; }
    }

    public sealed class StatefulSetSpecPart
    {
        public required V1PodTemplateSpec Template { get; set; }
    }

    public sealed class Configuration
    {
        public required string AdditionalConfig { get; set; }
    }

    public sealed class Persistence
    {
        public required string Storage { get; set; }
    }
}
