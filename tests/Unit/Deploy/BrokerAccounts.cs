using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Contracts;
using Messaging;
using Shouldly;
using Sync;
using Testing;
using Xunit;

namespace Unit.Deploy;

/// <summary>What <c>deploy/rabbitmq/definitions.sh</c> lets each account do, held against the names that the code makes.</summary>
public sealed class BrokerAccounts
{
    private static readonly JsonElement Definitions = Print();

    [Fact]
    public void nobody_but_the_operators_is_administrator() =>
        Definitions.GetProperty("users").EnumerateArray()
            .ToDictionary(user => Text(user, "name"), user => string.Join(' ', user.GetProperty("tags").EnumerateArray()))
            .Select(user => $"{user.Key} {user.Value}".TrimEnd())
            .ShouldBe(["admin administrator", "wallets", "sync", "portfolio", "monitor monitoring"]);

    [Theory]
    [InlineData(Sources.Wallets)]
    [InlineData(Sources.Sync)]
    public void a_contract_is_said_by_its_source_alone_and_heard_by_those_who_receive_it(string source)
    {
        var contracts = Sources.ContractsOf(source).Select(type => $"{type.Namespace}:{type.Name}").ToList();
        contracts.Count.ShouldBeGreaterThan(5);
        foreach (var contract in contracts)
        {
            Who("write", contract).ShouldBe([source], contract);
            Who("read", contract).ShouldBe(source == Sources.Wallets ? ["sync", "portfolio"] : ["wallets", "portfolio"], contract);
            Who("configure", contract).ShouldBe(["wallets", "sync", "portfolio"], contract);
        }

        // Nothing that is gone, and nothing with a name that only begins like one.
        Who("write", "Contracts:Contract").ShouldBeEmpty();
        Who("write", contracts[0] + "2").ShouldBeEmpty();
    }

    [Fact]
    public void a_queue_is_its_services_alone()
    {
        string[] ofSync = [SyncQueues.WalletSync, .. SyncQueues.Priorities.Select(priority => SyncQueues.Fetch("some-network", priority))];
        foreach (var queue in ofSync) IsOf("sync", queue);
        IsOf("sync", Queues.InboxOf("sync", Sources.Wallets));
        IsOf("wallets", Queues.InboxOf("wallets", Sources.Sync));
        IsOf("portfolio", Queues.InboxOf("portfolio", Sources.Sync));
        IsOf("portfolio", Queues.InboxOf("portfolio", Sources.Wallets));
        foreach (var service in new[] { "wallets", "sync", "portfolio" })
            foreach (var right in Rights) Who(right, $"{service}-bus-0123abcd").ShouldBe([service]);

        // What a service tells itself; and by the default exchange whoever may write to it would reach every queue.
        Who("write", "Sync.Walks:FetchPages").ShouldBe(["sync"]);
        Who("write", "amq.default").ShouldBeEmpty();
    }

    private static readonly string[] Rights = ["configure", "write", "read"];

    private static void IsOf(string service, string queue)
    {
        foreach (var right in Rights)
        {
            Who(right, Queues.Name(queue)).ShouldBe([service]);
            Who(right, Queues.DeadLettersOf(queue)).ShouldBe([service]);
        }
    }

    // Everybody but the administrator who has this right there.
    private static List<string> Who(string right, string name) =>
        [.. Definitions.GetProperty("permissions").EnumerateArray().Where(rule => Text(rule, "user") != "admin")
            .Where(rule => Regex.IsMatch(name, Text(rule, right))).Select(rule => Text(rule, "user"))];

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static JsonElement Print()
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "deploy", "rabbitmq", "definitions.sh")])
        {
            RedirectStandardOutput = true,
        };
        foreach (var account in new[] { "", "WALLETS_", "SYNC_", "PORTFOLIO_", "MONITOR_" })
            start.Environment[$"{account}RABBITMQ_PASSWORD"] = "p4ss";
        using var process = Process.Start(start)!;
        return JsonDocument.Parse(process.StandardOutput.ReadToEnd()).RootElement;
    }
}
