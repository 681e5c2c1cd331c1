using k8s.Models;
using Shouldly;
using Sync;
using Xunit;

namespace Unit.Deploy.Kubernetes;

/// <summary>What every manifest keeps to, and that its names meet.</summary>
public sealed class ManifestRules
{
    private static readonly string[] Services = ["gateway", "portfolio", "sync", "wallets"];

    public static TheoryData<string> Names => [.. Overlay.Names];

    [Fact]
    public void the_overlays_are_there() => Overlay.Names.ShouldBe(["dev", "managed", "production", "production-by-network"]);

    [Theory]
    [MemberData(nameof(Names))]
    public void every_document_has_a_type_and_a_place(string name)
    {
        var overlay = Overlay.Of(name);
        overlay.Objects.Count.ShouldBe(overlay.Documents.Count);
        foreach (var item in overlay.Objects.Where(item => item is not V1Namespace)) item.Metadata.NamespaceProperty.ShouldBe("wallets");
        overlay.All<V1Namespace>().Single().Metadata.Name.ShouldBe("wallets");
        overlay.Workloads.Where(workload => workload.Of is V1Deployment).Select(workload => workload.Service).Distinct().Order().ShouldBe(Services);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void a_pod_can_do_no_more_than_it_must(string name)
    {
        foreach (var workload in Overlay.Of(name).Workloads)
        {
            var pod = workload.Template.Spec;
            pod.AutomountServiceAccountToken.ShouldBe(false, workload.Name);
            pod.SecurityContext.RunAsNonRoot.ShouldBe(true, workload.Name);
            pod.SecurityContext.RunAsUser!.Value.ShouldBeGreaterThan(0, workload.Name);
            pod.SecurityContext.SeccompProfile.Type.ShouldBe("RuntimeDefault", workload.Name);
            (pod.HostNetwork, pod.HostPID, pod.HostIPC).ShouldBe((null, null, null), workload.Name);
            pod.InitContainers.ShouldBeNull(workload.Name);
            var context = workload.Container.SecurityContext;
            context.AllowPrivilegeEscalation.ShouldBe(false, workload.Name);
            context.ReadOnlyRootFilesystem.ShouldBe(true, workload.Name);
            context.Capabilities.Drop.ShouldBe(["ALL"], workload.Name);
            context.Capabilities.Add.ShouldBeNull(workload.Name);
            foreach (var volume in pod.Volumes) volume.HostPath.ShouldBeNull(workload.Name);
            foreach (var mount in workload.Container.VolumeMounts)
                pod.Volumes.Select(volume => volume.Name).Append("data").Contains(mount.Name).ShouldBeTrue($"{workload.Name} {mount.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void a_pod_is_limited_probed_and_given_time_to_end(string name)
    {
        foreach (var workload in Overlay.Of(name).Workloads)
        {
            string.Join(' ', workload.Container.Resources.Requests.Keys.Order()).ShouldBe("cpu memory", workload.Name);
            string.Join(' ', workload.Container.Resources.Limits.Keys.Order()).ShouldBe("cpu memory", workload.Name);
            if (workload.Of is V1Job job)
            {
                job.Spec.ActiveDeadlineSeconds!.Value.ShouldBeGreaterThan(0, workload.Name);
                continue;
            }

            V1Probe[] probes = [workload.Container.StartupProbe, workload.Container.LivenessProbe, workload.Container.ReadinessProbe];
            foreach (var probe in probes) (probe.HttpGet ?? (object)probe.Exec).ShouldNotBeNull(workload.Name);
            if (!workload.IsOurs) continue;

            probes.Select(probe => probe.HttpGet.Path).ShouldBe(["/health/live", "/health/live", "/health/ready"], workload.Name);
            foreach (var probe in probes) HasPort(workload, probe.HttpGet.Port.Value).ShouldBeTrue(workload.Name);
            workload.Template.Spec.TerminationGracePeriodSeconds!.Value.ShouldBeGreaterThan(30, workload.Name);
            if (workload.Service == "sync")
                workload.Template.Spec.TerminationGracePeriodSeconds!.Value.ShouldBeGreaterThan(new SyncOptions().LeaseSeconds, workload.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void what_selects_pods_finds_some_and_their_ports(string name)
    {
        var overlay = Overlay.Of(name);
        foreach (var workload in overlay.Workloads.Where(workload => workload.Selector is not null))
        {
            overlay.SelectedBy(workload.Selector!).ShouldBe([workload], "each workload's pods are its own");
            foreach (var spread in workload.Template.Spec.TopologySpreadConstraints ?? [])
                Overlay.Selects(spread.LabelSelector, workload.Labels).ShouldBeTrue(workload.Name);
        }

        foreach (var service in overlay.All<V1Service>())
        {
            var behind = overlay.SelectedBy(new V1LabelSelector { MatchLabels = service.Spec.Selector }).ToList();
            behind.ShouldNotBeEmpty(service.Metadata.Name);
            foreach (var workload in behind)
                foreach (var port in service.Spec.Ports) HasPort(workload, port.TargetPort.Value).ShouldBeTrue($"{workload.Name} {port.Name}");
        }

        foreach (var budget in overlay.All<V1PodDisruptionBudget>())
            overlay.Pods.Count(pod => Overlay.Selects(budget.Spec.Selector, pod)).ShouldBeGreaterThan(0, budget.Metadata.Name);
        foreach (var monitor in overlay.All<PodMonitor>())
        {
            // What an operator makes of the broker has its ports by itself.
            if (overlay.All<RabbitmqCluster>().Any(cluster => cluster.Metadata.Name == monitor.Metadata.Name))
            {
                overlay.Pods.Count(pod => Overlay.Selects(monitor.Spec.Selector, pod)).ShouldBeGreaterThan(0, monitor.Metadata.Name);
                continue;
            }

            var watched = overlay.SelectedBy(monitor.Spec.Selector).ToList();
            watched.ShouldNotBeEmpty(monitor.Metadata.Name);
            foreach (var workload in watched) HasPort(workload, monitor.Spec.PodMetricsEndpoints.Single().Port).ShouldBeTrue(monitor.Metadata.Name);
            watched[0].Labels.ShouldContainKey(monitor.Spec.JobLabel);
        }

        // Every job that an alert names has a target wherever its pods are ours.
        if (name != "dev")
            overlay.All<PodMonitor>().Select(monitor => monitor.Metadata.Name)
                .ShouldBe([.. Services, .. overlay.All<RabbitmqCluster>().Select(cluster => cluster.Metadata.Name)], ignoreOrder: true);
        overlay.All<V1PodDisruptionBudget>().Select(budget => budget.Metadata.Name).ShouldBeSubsetOf([.. Services, "rabbitmq"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void what_scales_has_a_target_that_sets_no_number_itself(string name)
    {
        var overlay = Overlay.Of(name);
        var scaled = overlay.All<V2HorizontalPodAutoscaler>()
            .Select(it => (it.Spec.ScaleTargetRef.Kind, it.Spec.ScaleTargetRef.Name, Least: it.Spec.MinReplicas!.Value, Most: it.Spec.MaxReplicas))
            .Concat(overlay.All<ScaledObject>()
                .Select(it => (it.Spec.ScaleTargetRef.Kind, it.Spec.ScaleTargetRef.Name, it.Spec.MinReplicaCount, it.Spec.MaxReplicaCount))).ToList();
        foreach (var (kind, target, least, most) in scaled)
        {
            kind.ShouldBe("Deployment");
            // A number in the manifest would undo the scaler's at every apply.
            overlay.All<V1Deployment>().Single(deployment => deployment.Metadata.Name == target).Spec.Replicas.ShouldBeNull(target);
            least.ShouldBeInRange(1, most, target);
        }

        scaled.Select(entry => entry.Name).ShouldBeUnique();
        scaled.Select(entry => entry.Name).ShouldContain("gateway");
        scaled.Select(entry => entry.Name).ShouldContain("portfolio");
        overlay.All<ScaledObject>().Any().ShouldBe(name != "dev");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void images_are_those_of_compose(string name)
    {
        var compose = ComposeFile.Read().Services.Select(service => service.Value["image"].Replace("${VERSION:-local}", "local")).ToList();
        foreach (var workload in Overlay.Of(name).Workloads) compose.Contains(workload.Container.Image).ShouldBeTrue(workload.Container.Image);
        foreach (var broker in Overlay.Of(name).All<RabbitmqCluster>()) compose.ShouldContain(broker.Spec.Image);
        foreach (var server in Overlay.Of(name).All<PostgresCluster>())
            $"postgres:{server.Spec.ImageName.Split(':')[1].Split('-')[0]}".ShouldBeOneOf([.. compose]);
    }

    private static bool HasPort(Overlay.Workload workload, string port) =>
        workload.Container.Ports.Any(known => known.Name == port || known.ContainerPort.ToString() == port);
}
