using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Gateway;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Portfolio;
using ServiceDefaults;
using Shouldly;
using Sync;
using Testing;
using Unit.ServiceDefaults;
using Wallets;
using Xunit;

namespace Unit.Deploy.Kubernetes;

/// <summary>What the manifests tell a service is what its code reads, and every secret is one that somebody is told to make.</summary>
public sealed class SettingsAndSecrets
{
    private const string Mounted = "/run/secrets/service/";

    /// <summary>What the framework and the servers' images read, not we.</summary>
    private static readonly string[] Foreign =
    [
        "ASPNETCORE_ENVIRONMENT", "ASPNETCORE_HTTP_PORTS", "PGDATA", "POSTGRES_INITDB_ARGS", "POSTGRES_PASSWORD", "WALLETS_DATABASE_PASSWORD",
        "SYNC_DATABASE_PASSWORD", "PORTFOLIO_DATABASE_PASSWORD",
    ];

    private static readonly string[] BrokersUser = ["default_user.conf", "username", "password", "host", "port", "provider", "type"];
    private static readonly string[] WithDatabase = ["WALLETS", "SYNC", "PORTFOLIO"];

    private static readonly Dictionary<string, Func<string[], WebApplication>> Builds = new()
    {
        ["gateway"] = args => WebApplication.CreateBuilder(args).AddServiceDefaults("gateway").AddGateway().Build(),
        ["wallets"] = WalletsModule.Build,
        ["sync"] = SyncModule.Build,
        ["portfolio"] = PortfolioModule.Build,
    };

    public static TheoryData<string> Names => [.. Overlay.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task a_service_would_start_with_what_it_is_told(string name)
    {
        var folder = Directory.CreateTempSubdirectory("wallets-secrets-").FullName;
        try
        {
            var secrets = await SecretsOf(name);
            foreach (var workload in Overlay.Of(name).Workloads.Where(workload => workload is { IsOurs: true, Of: V1Deployment }))
            {
                var own = Directory.CreateDirectory(Path.Combine(folder, workload.Name)).FullName;
                foreach (var (key, value) in secrets.Single(secret => secret.Metadata.Name == workload.Service).StringData)
                    await File.WriteAllTextAsync(Path.Combine(own, key), value, TestContext.Current.CancellationToken);
                var args = SettingsOf(name, workload).Where(setting => !Foreign.Contains(setting.Name))
                    .Select(setting => $"--{setting.Name.Replace("__", ":")}={setting.Value.Replace(Mounted, own + "/")}");

                await using var app = Builds[workload.Service]([.. args]);
                var (output, error) = (new StringWriter(), new StringWriter());
                CheckConfigCommand.Run(app.Services, output, error).ShouldBe(0, $"{workload.Name}: {error}");
                output.ToString().ShouldNotContain(secrets.Single(secret => secret.Metadata.Name == workload.Service).StringData["private-key"]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task every_variable_is_an_option_that_somebody_reads(string name)
    {
        var apps = Builds.ToDictionary(build => build.Key, build => build.Value([]));
        foreach (var workload in Overlay.Of(name).Workloads)
        {
            foreach (var setting in (workload.Container.Env ?? []).Select(setting => setting.Name).Except(Foreign))
                apps[workload.Service].Services.Reads(Key(setting)).ShouldBeTrue($"{workload.Name}: {setting}");
            var told = MapsOf(workload).SelectMany(map => Overlay.Of(name).Map(map).Keys.Except(Foreign).Select(key => (map, key)));
            foreach (var (map, setting) in told)
            {
                // What all are told need not concern each.
                IEnumerable<WebApplication> readers = map == "services" ? apps.Values : [apps[workload.Service]];
                readers.Any(app => app.Services.Reads(Key(setting))).ShouldBeTrue($"{map}: {setting}");
            }
        }

        foreach (var app in apps.Values) await app.DisposeAsync();

        static string Key(string variable) => Regex.Replace(variable, "_FILE$", "").Replace("__", ":");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task every_secret_is_documented_and_made_and_none_stands_in_a_manifest(string name)
    {
        Overlay.Of(name).Documents.ShouldNotContain(document => $"{document["kind"]}" == "Secret");
        var made = (await SecretsOf(name)).SelectMany(secret => secret.StringData.Keys.Select(key => $"{secret.Metadata.Name}/{key}")).ToHashSet();
        var documented = Documented().ToHashSet();
        made.ShouldBeSubsetOf(documented);

        var wanted = Wanted(Overlay.Of(name)).Distinct().ToList();
        wanted.ShouldContain("sync/database");
        wanted.ShouldBeSubsetOf(documented);
        // Those that may be left out.
        wanted.Where(reference => !reference.StartsWith("providers/", StringComparison.Ordinal)
            && !reference.StartsWith("price-sources/", StringComparison.Ordinal)).ShouldBeSubsetOf(made);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task each_service_has_an_account_of_its_own_at_the_broker_and_who_looks_at_queues_another(string name)
    {
        var secrets = (await SecretsOf(name)).ToDictionary(secret => secret.Metadata.Name, secret => secret.StringData);
        foreach (var service in WithDatabase.Select(service => service.ToLowerInvariant()))
            new Uri(secrets[service]["rabbitmq"]).UserInfo.ShouldStartWith(service + ":");
        new Uri(secrets["rabbitmq"]["management"]).UserInfo.ShouldStartWith("monitor:");
        if (name == "managed") return;

        using var definitions = JsonDocument.Parse(secrets["rabbitmq-definitions"]["definitions.json"]);
        definitions.RootElement.GetProperty("users").EnumerateArray().Where(user => user.GetProperty("tags").GetArrayLength() > 0)
            .Select(user => user.GetProperty("name").GetString()).ShouldBe(["admin", "monitor"]);
    }

    [Fact]
    public async Task a_file_that_lacks_a_secret_makes_none()
    {
        var file = Path.GetTempFileName();
        var (code, output, error) = await RunAsync("production", file);
        File.Delete(file);
        code.ShouldNotBe(0);
        error.ShouldContain("RABBITMQ_PASSWORD is missing");
        output.ShouldBeEmpty();
    }

    private static IEnumerable<string> Wanted(Overlay overlay)
    {
        foreach (var workload in overlay.Workloads)
        {
            foreach (var file in (workload.Container.Env ?? []).Where(setting => setting.Value?.Contains(Mounted) is true))
            {
                var secret = workload.Template.Spec.Volumes.Single(volume => volume.Secret is not null).Secret;
                (secret.Items?.Any(item => item.Path == file.Value[Mounted.Length..]) ?? true).ShouldBeTrue(file.Name);
                yield return $"{secret.SecretName}/{file.Value[Mounted.Length..]}";
            }

            foreach (var reference in (workload.Container.Env ?? []).Select(setting => setting.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>())
                yield return $"{reference.Name}/{reference.Key}";
            foreach (var reference in (workload.Container.EnvFrom ?? []).Select(source => source.SecretRef).OfType<V1SecretEnvSource>())
                yield return $"{reference.Name}/{(reference.Name == "providers" ? "Chains" : "Prices")}__…__Key";
        }

        foreach (var target in overlay.All<TriggerAuthentication>().SelectMany(way => way.Spec.SecretTargetRef))
            yield return $"{target.Name}/{target.Key}";
        foreach (var owner in overlay.All<PostgresCluster>().Select(cluster => cluster.Spec.Bootstrap.Initdb.Secret.Name))
            foreach (var key in new[] { "username", "password" }) yield return $"{owner}/{key}";
        foreach (var user in overlay.All<RabbitmqCluster>().Select(broker => broker.Spec.SecretBackend.ExternalSecret.Name))
            foreach (var key in BrokersUser) yield return $"{user}/{key}";
        foreach (var broker in overlay.All<RabbitmqCluster>())
            foreach (var volume in broker.Spec.Override.StatefulSet.Spec.Template.Spec.Volumes)
                yield return $"{volume.Secret.SecretName}/definitions.json";
    }

    // The rows of the table under "## Secrets": names, keys, and what they are.
    private static IEnumerable<string> Documented() =>
        File.ReadLines(Path.Combine(Repository.Root, "docs", "kubernetes.md"))
            .SkipWhile(line => line != "## Secrets").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Select(line => line.Split('|')).Where(row => row.Length > 3)
            .SelectMany(row => Quoted(row[1]).SelectMany(secret => Quoted(row[2]).Select(key => $"{secret}/{key}")));

    private static IEnumerable<string> Quoted(string cell) => Regex.Matches(cell, "`([^`]+)`").Select(match => match.Groups[1].Value);

    private static IEnumerable<(string Name, string Value)> SettingsOf(string name, Overlay.Workload workload) =>
        MapsOf(workload).SelectMany(map => Overlay.Of(name).Map(map).Select(entry => (entry.Key, entry.Value)))
            .Concat((workload.Container.Env ?? []).Where(setting => setting.Value is not null).Select(setting => (setting.Name, setting.Value)));

    private static IEnumerable<string> MapsOf(Overlay.Workload workload) =>
        (workload.Container.EnvFrom ?? []).Select(source => source.ConfigMapRef?.Name).OfType<string>();

    private static async Task<IReadOnlyList<V1Secret>> SecretsOf(string name)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file,
        [
            .. WithDatabase.Append("GATEWAY").Select(service => $"{service}_KEY={Keys.Private()}"),
            .. WithDatabase.Select(service => $"{service}_DATABASE_PASSWORD=p4ss"),
            .. WithDatabase.Select(service => $"{service}_DATABASE=Host=10.0.0.9;Database=x;Password=\"a'b\\\";SSL Mode=VerifyFull"),
            .. WithDatabase.Select(service => $"{service}_RABBITMQ_PASSWORD=p4ss"),
            .. WithDatabase.Select(service => $"{service}_RABBITMQ=amqps://{service.ToLowerInvariant()}:p4ss@broker.example.com/wallets"),
            "POSTGRES_PASSWORD=p4ss", "RABBITMQ_PASSWORD=p4ss", "MONITOR_RABBITMQ_PASSWORD=p4ss",
            "RABBITMQ_MANAGEMENT=https://monitor:p4ss@broker.example.com",
        ], TestContext.Current.CancellationToken);
        var (code, output, error) = await RunAsync(name.Split('-')[0], file);
        File.Delete(file);
        code.ShouldBe(0, error);
        return [.. KubernetesYaml.LoadAllFromString(output, strict: true).Cast<V1Secret>()];
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string overlay, string file)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "k8s", "secrets.sh"), overlay, file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }
}
