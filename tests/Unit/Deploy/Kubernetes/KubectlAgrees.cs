using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Unit.Deploy.Kubernetes;

/// <summary>Where there is a kubectl that knows components, it makes of each overlay what these tests read.</summary>
public sealed class KubectlAgrees
{
    public static TheoryData<string> Names => [.. Overlay.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task an_overlay_is_built_as_it_was_read_here(string name)
    {
        if (await RunAsync("version", "--client") is not { } version || !Regex.IsMatch(version, @"Kustomize Version: v[5-9]\."))
        {
            Assert.Skip("there is no kubectl with kustomize 5 or later on this machine");
            return;
        }

        var built = (await RunAsync("kustomize", Overlay.Folder(name)))!;

        var ours = Overlay.Of(name).Documents;
        var generated = string.Join('|', ours.Where(item => $"{item["kind"]}" == "ConfigMap").Select(item => $"{item["metadata"]!["name"]}"));
        var theirs = Yaml.Read(Regex.Replace(built, $@"\b({generated})-[a-z0-9]{{10}}\b", "$1"));
        theirs.Select(Key).Order().ShouldBe(ours.Select(Key).Order());
        foreach (var item in ours)
        {
            var their = theirs.Single(other => Key(other) == Key(item));
            JsonNode.DeepEquals(item, their).ShouldBeTrue($"{Key(item)}:\n{item.ToJsonString()}\n{their.ToJsonString()}");
        }

        static string Key(JsonObject item) => $"{item["kind"]} {item["metadata"]!["name"]}";
    }

    private static async Task<string?> RunAsync(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var kubectl = Process.Start(start)!;
            var errors = kubectl.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (arguments[0] == "kustomize") kubectl.ExitCode.ShouldBe(0, await errors);
            return output;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
