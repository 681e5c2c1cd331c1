using k8s.Models;
using Messaging;
using Shouldly;
using Sync;
using Testing;
using Xunit;

namespace Unit.Deploy.Kubernetes;

/// <summary>Sync is scaled by the queues that its code names, of the networks that it is configured to read.</summary>
public sealed class ScalingSync
{
    private static readonly string[] Networks =
        [.. Kustomization.Environment(Path.Combine(Repository.Root, "deploy", "chains", "public.env"))
            .Select(setting => setting.Name.Split("__")).Where(path => path[0] == "Chains").Select(path => path[1]).Distinct()];

    [Theory]
    [InlineData("production")]
    [InlineData("managed")]
    [InlineData("production-by-network")]
    public void each_fetch_queue_is_one_trigger_and_nothing_else_is(string name)
    {
        var triggers = Overlay.Of(name).All<ScaledObject>().SelectMany(scaled => scaled.Spec.Triggers).ToList();

        triggers.Select(trigger => trigger.Metadata["queueName"]).ShouldBe(
            Networks.SelectMany(QueuesOf), ignoreOrder: true);
        foreach (var trigger in triggers)
        {
            trigger.Type.ShouldBe("rabbitmq");
            // By AMQP only messages that nobody has in hand would be counted; lengths of a pattern's queues together say nothing of one.
            trigger.Metadata.Keys.Order().ShouldBe(["excludeUnacknowledged", "mode", "protocol", "queueName", "value", "vhostName"]);
            (trigger.Metadata["protocol"], trigger.Metadata["mode"]).ShouldBe(("http", "QueueLength"));
            trigger.Metadata["excludeUnacknowledged"].ShouldBe("false");
            // Less than a process has in hand is no backlog.
            int.Parse(trigger.Metadata["value"]).ShouldBeGreaterThanOrEqualTo(new SyncOptions().SlicesAtOnce);
        }
    }

    [Theory]
    [InlineData("production")]
    [InlineData("managed")]
    [InlineData("production-by-network")]
    public void it_asks_with_a_secret_and_takes_its_time_to_shrink(string name)
    {
        var overlay = Overlay.Of(name);
        var ways = overlay.All<TriggerAuthentication>().ToDictionary(way => way.Metadata.Name);
        foreach (var scaled in overlay.All<ScaledObject>())
        {
            scaled.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior.ScaleDown.StabilizationWindowSeconds.ShouldBe(300);
            foreach (var trigger in scaled.Spec.Triggers)
                ways[trigger.AuthenticationRef.Name].Spec.SecretTargetRef.Select(target => target.Parameter).ShouldBe(["host"]);
        }
    }

    [Fact]
    public void split_by_network_each_deployment_fetches_one_network_and_is_scaled_by_its_queues()
    {
        var overlay = Overlay.Of("production-by-network");
        var deployments = overlay.All<V1Deployment>().Where(deployment => deployment.Spec.Template.Spec.Containers[0].Name == "sync").ToList();
        deployments.Select(deployment => deployment.Metadata.Name).ShouldBe(Networks.Select(network => $"sync-{network}"), ignoreOrder: true);
        foreach (var deployment in deployments)
        {
            var network = deployment.Metadata.Name["sync-".Length..];
            var settings = deployment.Spec.Template.Spec.Containers[0].Env;
            settings.Where(setting => setting.Name.Contains("Sync__Networks")).Select(setting => setting.Value).ShouldBe([network]);
            overlay.All<ScaledObject>().Single(scaled => scaled.Spec.ScaleTargetRef.Name == deployment.Metadata.Name).Spec.Triggers
                .Select(trigger => trigger.Metadata["queueName"])
                .ShouldBe(QueuesOf(network), ignoreOrder: true);
        }
    }

    private static IEnumerable<string> QueuesOf(string network) =>
        SyncQueues.Priorities.Select(priority => Queues.Name(SyncQueues.Fetch(network, priority)));
}
