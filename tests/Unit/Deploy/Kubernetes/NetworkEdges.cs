using System.Net;
using System.Text.RegularExpressions;
using k8s.Models;
using Shouldly;
using Xunit;

namespace Unit.Deploy.Kubernetes;

/// <summary>Who may talk to whom: what compose shows to be needed, what an operator's parts need, and nothing more.</summary>
public sealed class NetworkEdges
{
    private static readonly string[] Services = ["gateway", "wallets", "sync", "portfolio"];
    private static readonly string[] WithDatabase = ["wallets", "sync", "portfolio"];

    /// <summary>From each service's environment in the compose file: whose addresses it is given.</summary>
    private static readonly IReadOnlyList<(string From, string To, int Port)> Compose =
    [
        .. ComposeFile.Read().Services.Where(service => Services.Contains(service.Key)).SelectMany(service =>
            Regex.Matches(service.Value["environment"], @"http://(?<to>[a-z]+):(?<port>\d+)|Host=(?<to>[a-z]+);|@(?<to>[a-z]+):(?<port>\d+)/")
                .Select(address => (service.Key, address.Groups["to"].Value,
                    address.Groups["port"].Success ? int.Parse(address.Groups["port"].Value) : 5432))).Distinct(),
    ];

    public static TheoryData<string> Names => [.. Overlay.Names];

    [Fact]
    public void compose_shows_every_kind_of_edge()
    {
        Compose.Count.ShouldBe((4 * 4) + 3 + 3);
        Compose.ShouldContain(("sync", "postgres", 5432));
        Compose.ShouldContain(("portfolio", "rabbitmq", 5672));
        Compose.ShouldContain(("wallets", "gateway", 8080));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void every_edge_of_compose_is_let_through(string name)
    {
        foreach (var (from, to, port) in Compose)
            foreach (var pod in PodsOf(name, from))
                foreach (var target in Targets(name, from, to, port)) IsLet(name, pod, target).ShouldBeTrue($"{from} -> {to}:{port}");
        foreach (var service in WithDatabase)
            foreach (var target in Targets(name, service, "postgres", 5432))
                IsLet(name, Pod(Overlay.Of(name).Workloads.Single(workload => workload.Name == $"migrate-{service}")), target)
                    .ShouldBeTrue($"the migration of {service}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void everybody_finds_names_and_nothing_else_by_default(string name)
    {
        var deny = Overlay.Of(name).All<V1NetworkPolicy>().Single(policy => policy.Metadata.Name == "default-deny").Spec;
        (deny.PodSelector.MatchLabels, deny.PodSelector.MatchExpressions, deny.Ingress, deny.Egress).ShouldBe((null, null, null, null));
        deny.PolicyTypes.Order().ShouldBe(["Egress", "Ingress"]);

        var stranger = new Party(new Dictionary<string, string> { ["app.kubernetes.io/name"] = "stranger" });
        var dns = Outside("kube-system", 53, ("k8s-app", "kube-dns"));
        foreach (var pod in Overlay.Of(name).Pods.Select(labels => new Party(labels)).Append(stranger)) Leaves(name, pod, dns).ShouldBeTrue();
        foreach (var labels in Overlay.Of(name).Pods)
            foreach (var port in new[] { 5432, 5672, 8080, 9090, 15672 }) Enters(name, stranger, new Party(labels, port)).ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void only_the_gateway_is_reached_from_outside_and_only_who_reads_chains_or_posts_webhooks_reaches_the_internet(string name)
    {
        foreach (var workload in Overlay.Of(name).Workloads)
        {
            Enters(name, Outside("ingress-nginx", 0), Pod(workload, 8080)).ShouldBe(workload.Name == "gateway", workload.Name);
            Leaves(name, Pod(workload), Address("1.1.1.1", 443))
                .ShouldBe(workload is { Service: "sync" or "portfolio", Of: V1Deployment }, workload.Name);
            if (name == "managed") continue;
            foreach (var inside in new[] { "10.96.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fd00::1", "127.0.0.1" })
                Leaves(name, Pod(workload), Address(inside, 443)).ShouldBeFalse($"{workload.Name} -> {inside}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void nobody_reaches_a_server_that_is_not_theirs(string name)
    {
        foreach (var gateway in PodsOf(name, "gateway"))
        {
            var servers = WithDatabase.SelectMany(service => Targets(name, service, "postgres", 5432))
                .Concat(Targets(name, "sync", "rabbitmq", 5672));
            foreach (var server in servers) IsLet(name, gateway, server).ShouldBeFalse();
        }

        if (!name.StartsWith("production", StringComparison.Ordinal)) return;
        foreach (var service in WithDatabase)
            foreach (var target in WithDatabase.Where(other => other != service).SelectMany(other => Targets(name, other, "postgres", 5432)))
                foreach (var pod in PodsOf(name, service)) IsLet(name, pod, target).ShouldBeFalse($"{service} -> {string.Join(',', target.Labels)}");
    }

    [Theory]
    [InlineData("production")]
    [InlineData("production-by-network")]
    [InlineData("managed")]
    public void metrics_and_queue_lengths_are_read_by_those_who_need_them(string name)
    {
        foreach (var service in Services)
        {
            foreach (var pod in Overlay.Of(name).Workloads.Where(workload => workload.Service == service && workload.Of is V1Deployment))
            {
                Enters(name, Outside("monitoring", 0), Pod(pod, 9090)).ShouldBeTrue(service);
                Enters(name, Outside("ingress-nginx", 0), Pod(pod, 9090)).ShouldBeFalse(service);
            }
        }

        if (name == "managed") return;
        Enters(name, Outside("keda", 0), Targets(name, "sync", "rabbitmq", 15672).Single()).ShouldBeTrue();
        if (name != "dev") Enters(name, Outside("monitoring", 0), Targets(name, "sync", "rabbitmq", 15692).Single()).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void no_policy_selects_nothing(string name)
    {
        foreach (var policy in Overlay.Of(name).All<V1NetworkPolicy>())
        {
            var peers = (policy.Spec.Ingress ?? []).SelectMany(rule => rule.FromProperty ?? [])
                .Concat((policy.Spec.Egress ?? []).SelectMany(rule => rule.To ?? []))
                .Where(peer => peer.NamespaceSelector is null && peer.PodSelector is not null).Select(peer => peer.PodSelector);
            // The broker of a provider has no pods here; KEDA's way to it is then of no use, and of no harm.
            if (name == "managed" && policy.Metadata.Name == "keda-to-rabbitmq") continue;
            foreach (var selector in peers.Prepend(policy.Spec.PodSelector))
                Overlay.Of(name).Pods.Any(pod => Overlay.Selects(selector, pod)).ShouldBeTrue(policy.Metadata.Name);
        }
    }

    private static IEnumerable<Party> PodsOf(string name, string service) => Overlay.Of(name).Workloads
        .Where(workload => workload.IsOurs && workload.Service == service && workload.Of is V1Deployment).Select(workload => Pod(workload));

    private static IReadOnlyList<Party> Targets(string name, string from, string to, int port)
    {
        if (Services.Contains(to)) return [.. PodsOf(name, to).Select(pod => pod with { Port = port })];
        if (name == "managed") return [Address("10.1.2.3", to == "rabbitmq" ? 5671 : port)];
        var label = name != "dev" && to == "postgres"
            ? KeyValuePair.Create("cnpg.io/cluster", $"{from}-database") : KeyValuePair.Create("app.kubernetes.io/name", to);
        return [.. Overlay.Of(name).Pods.Where(pod => pod.Contains(label)).Select(pod => new Party(pod, port))];
    }

    private static bool IsLet(string name, Party from, Party to) => Leaves(name, from, to) && (to.Address is not null || Enters(name, from, to));

    private static bool Leaves(string name, Party from, Party to) => Policies(name, from, "Egress")
        .SelectMany(policy => policy.Egress ?? []).Any(rule => Fits(rule.To, rule.Ports, to, to.Port));

    private static bool Enters(string name, Party from, Party to) => Policies(name, to, "Ingress")
        .SelectMany(policy => policy.Ingress ?? []).Any(rule => Fits(rule.FromProperty, rule.Ports, from, to.Port));

    private static IEnumerable<V1NetworkPolicySpec> Policies(string name, Party pod, string type) => Overlay.Of(name).All<V1NetworkPolicy>()
        .Select(policy => policy.Spec)
        .Where(policy => policy.PolicyTypes.Contains(type) && Overlay.Selects(policy.PodSelector, pod.Labels));

    private static bool Fits(IList<V1NetworkPolicyPeer>? peers, IList<V1NetworkPolicyPort> ports, Party party, int port) =>
        ports.Any(each => int.Parse(each.Port.Value) is var first && port >= first && port <= (each.EndPort ?? first))
        && (peers is null || peers.Any(peer => Fits(peer, party)));

    private static bool Fits(V1NetworkPolicyPeer peer, Party party)
    {
        if (peer.IpBlock is { } block)
        {
            return party.Address is { } address && IPNetwork.Parse(block.Cidr).Contains(address)
                && !(block.Except ?? []).Any(range => IPNetwork.Parse(range).Contains(address));
        }

        if (party.Address is not null) return false;
        var isThere = peer.NamespaceSelector is null
            ? party.Namespace is null
            : party.Namespace is { } other
                && Overlay.Selects(peer.NamespaceSelector, new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = other });
        return isThere && (peer.PodSelector is null || Overlay.Selects(peer.PodSelector, party.Labels));
    }

    private static Party Pod(Overlay.Workload workload, int port = 0) => new(workload.Labels, port);

    private static Party Address(string address, int port) => new(new Dictionary<string, string>(), port, Address: IPAddress.Parse(address));

    private static Party Outside(string space, int port, params (string Key, string Value)[] labels) =>
        new(labels.ToDictionary(label => label.Key, label => label.Value), port, space);

    /// <summary>One end of a connection: a pod of ours, a pod of another namespace, or an address.</summary>
    private sealed record Party(IDictionary<string, string> Labels, int Port = 0, string? Namespace = null, IPAddress? Address = null);
}
