using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Testing;
using Xunit;

namespace Unit.Deploy;

/// <summary>What every container of ours keeps to, read from the files; deploy/check.sh proves it on an engine.</summary>
public sealed class ContainerRules
{
    private const string ExactTag = @":v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$";
    private static readonly string[] Servers = ["postgres", "rabbitmq"];
    private static readonly ComposeFile Compose = ComposeFile.Read();
    private static readonly string[] Dockerfile = ComposeFile.ReadLines("Dockerfile");

    public static TheoryData<string> Services => [.. Compose.Services.Keys];

    [Fact]
    public void the_whole_system_is_there() =>
        Compose.Services.Keys.Order().ShouldBe(
            ["gateway", "grafana", "portfolio", "postgres", "prometheus", "rabbitmq", "simulator", "sync", "wallets"]);

    [Theory]
    [MemberData(nameof(Services))]
    public void a_container_can_do_no_more_than_it_must(string name)
    {
        var service = Compose.Services[name];
        service["read_only"].ShouldBe("true");
        service["cap_drop"].ShouldBe("[ALL]");
        service["security_opt"].ShouldContain("no-new-privileges:true");
        service.Keys.ShouldNotContain("privileged");
        service.Keys.ShouldNotContain("cap_add");
        service.Keys.ShouldNotContain("network_mode");
        service.Keys.ShouldNotContain("container_name", "a fixed name cannot be scaled");
        service.GetValueOrDefault("volumes", "").ShouldNotContain("docker.sock");
        if (service.ContainsKey("build")) UserOf(Target(service)).ShouldBe("$APP_UID");
        else service["user"].ShouldNotBeOneOf("root", "0");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void a_container_is_limited_watched_and_restarted(string name)
    {
        var service = Compose.Services[name];
        service["mem_limit"].ShouldMatch(@"^\d+[mg]$");
        service["memswap_limit"].ShouldBe(service["mem_limit"]);
        service["cpus"].ShouldMatch(@"^[\d.]+$");
        service["pids_limit"].ShouldMatch(@"^\d+$");
        service["restart"].ShouldBe("unless-stopped");
        service["logging"].ShouldContain("max-size");
        service["logging"].ShouldContain("max-file");
        service["healthcheck"].ShouldContain("test:");
        service["healthcheck"].ShouldNotContain("curl");
        int.Parse(Regex.Match(service["stop_grace_period"], @"^(\d+)s$").Groups[1].Value)
            .ShouldBeGreaterThan(30, "a service takes up to 30 s to finish");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void an_image_has_an_exact_tag(string name)
    {
        var service = Compose.Services[name];
        if (service.ContainsKey("build")) Dockerfile.ShouldContain(line => line.EndsWith($" AS {Target(service)}"));
        else service["image"].ShouldMatch(ExactTag);
    }

    [Fact]
    public void what_images_are_built_of_has_an_exact_tag()
    {
        var stages = Stages().Select(stage => stage.Name).ToHashSet();
        var foreign = Stages().Select(stage => stage.From).Where(image => !stages.Contains(image)).ToList();
        foreign.Count.ShouldBe(2);
        foreach (var image in foreign) image.ShouldMatch(ExactTag);
    }

    [Fact]
    public void only_the_gateway_is_reached_from_outside_and_only_the_services_reach_the_servers()
    {
        Compose.Services.Where(service => service.Value.ContainsKey("ports") && !service.Value.ContainsKey("profiles"))
            .Select(service => service.Key).ShouldBe(["gateway"]);
        Compose.Services["gateway"]["ports"].ShouldStartWith("[\"${GATEWAY_ADDRESS:-127.0.0.1}:");
        // What watches is asked for by its profile, and reached from this machine alone.
        foreach (var watcher in (string[])["prometheus", "grafana"])
        {
            Compose.Services[watcher]["profiles"].ShouldBe("[monitoring]");
            Compose.Services[watcher]["ports"].ShouldStartWith("[\"127.0.0.1:");
        }

        Compose.Services["gateway"]["networks"].ShouldBe("[front]");
        foreach (var server in Servers) Compose.Services[server]["networks"].ShouldBe("[back]", server);
        Compose.Section("networks").ShouldContain("  back: { internal: true }");
    }

    [Fact]
    public void a_proxy_on_this_machine_is_believed_by_default_and_no_two_projects_share_a_network()
    {
        string.Join('\n', Compose.Section("networks").Select(line => line.Trim())).ShouldStartWith(
            "front:\nipam:\nconfig:\n- subnet: ${FRONT_NETWORK:-172.30.80}.0/24\ngateway: ${FRONT_NETWORK:-172.30.80}.1\n");
        Compose.Services["gateway"]["environment"].Split('\n')
            .ShouldContain("Gateway__Proxies__0: ${GATEWAY_PROXY:-${FRONT_NETWORK:-172.30.80}.1}");
        string[] files = [".env.example", "demo.env", "check.sh"];
        var networks = files.Select(file => Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "deploy", file)), @"FRONT_NETWORK=([\d.]+)"))
            .Select(match => match.Groups[1].Value).ToList();
        networks[0].ShouldBe("172.30.80");
        networks.ShouldBeUnique();
        networks.ShouldAllBe(network => network.StartsWith("172.30.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task the_proxy_that_older_releases_believed_is_not_kept()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "SYNC_RABBITMQ_PASSWORD=kept\nGATEWAY_PROXY=127.0.0.1\nMINE=1\n", TestContext.Current.CancellationToken);
        using var process = Process.Start(
            new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "make-env.sh"), file]) { RedirectStandardOutput = true })!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        var made = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        File.Delete(file);
        made.ShouldContain("SYNC_RABBITMQ_PASSWORD=kept");
        made.ShouldContain("MINE=1");
        made.ShouldContain(line => line.StartsWith("WALLETS_RABBITMQ_PASSWORD=") && line.Length > 40);
        made.ShouldNotContain(line => line.StartsWith("GATEWAY_PROXY="));
    }

    [Fact]
    public void no_secret_stands_in_the_file_and_without_one_nothing_starts()
    {
        var secret = new Regex(
            @"(?i)^\s*(?:\w*(?:password|_pass|privatekey|secret)\w*: *(?<v>.*)|.*?Password=(?<v>\$\{[^}]*\}|[^;]*).*|.*?amqp://\w+:(?<v>.*)@.*)$");
        var required = new Regex(@"^\$\{([A-Z_]+):\?[^}]+\}$");
        var asked = new HashSet<string>();
        foreach (var line in Compose.Services.Values.SelectMany(service => service.GetValueOrDefault("environment", "").Split('\n')))
        {
            if (secret.Match(line) is not { Success: true } match) continue;
            var variable = required.Match(match.Groups["v"].Value);
            variable.Success.ShouldBeTrue($"a secret is written down: {line}");
            asked.Add(variable.Groups[1].Value);
        }

        var example = ComposeFile.ReadLines(".env.example").Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        asked.Count.ShouldBe(14);
        foreach (var name in asked) example[name].ShouldBe("", name);
        example.Where(pair => pair.Value == "").Select(pair => pair.Key).ShouldBe(asked, ignoreOrder: true);
    }

    [Fact]
    public void the_build_restores_from_every_project_file_an_image_needs()
    {
        string[] programs = [.. Directory.GetFiles(Path.Combine(Repository.Root, "services"), "*.csproj", SearchOption.AllDirectories),
            Path.Combine(Repository.Root, "tests", "ChainSimulator", "ChainSimulator.csproj")];
        var needed = new HashSet<string>();
        foreach (var program in programs) Follow(program);

        var copied = Dockerfile.Select(line => Regex.Match(line, @"^COPY (\S+\.csproj) ")).Where(match => match.Success)
            .Select(match => match.Groups[1].Value);
        copied.ShouldBe(needed, ignoreOrder: true);

        void Follow(string project)
        {
            if (!needed.Add(Path.GetRelativePath(Repository.Root, project).Replace('\\', '/'))) return;
            foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
                Follow(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value)));
        }
    }

    private static string Target(Dictionary<string, string> service) => Regex.Match(service["build"], @"target: ([\w-]+)").Groups[1].Value;

    private static IEnumerable<(string Name, string From)> Stages() => Dockerfile
        .Select(line => Regex.Match(line, @"^FROM (?:--\S+ )?(\S+) AS (\S+)$"))
        .Where(match => match.Success)
        .Select(match => (match.Groups[2].Value, match.Groups[1].Value));

    /// <summary>Who a stage ends as: its own last USER, or that of the stage it is built on.</summary>
    private static string UserOf(string stage)
    {
        var (_, from) = Stages().Single(known => known.Name == stage);
        var own = Dockerfile.SkipWhile(line => !line.EndsWith($" AS {stage}")).Skip(1).TakeWhile(line => !line.StartsWith("FROM "));
        return own.LastOrDefault(line => line.StartsWith("USER ")) is { } user ? user[5..] : UserOf(from);
    }
}
