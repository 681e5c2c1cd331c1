using Npgsql;
using Shouldly;
using Testing;
using Xunit;

namespace Whole;

/// <summary>The servers the whole ring kills: what was committed is there when they are back, at the same address.</summary>
public sealed class LocalServers
{
    [Fact]
    public async Task killed_servers_come_back_with_their_data_at_the_same_address()
    {
        await using var servers = await PrivateServers.Start();
        await Execute(servers, "create table kept (value int); insert into kept values (7)");

        await Task.WhenAll(servers.KillPostgres(), servers.KillRabbit());
        await Should.ThrowAsync<NpgsqlException>(() => Execute(servers, "select 1"));
        await Task.WhenAll(servers.StartPostgres(), servers.StartRabbit());

        (await Execute(servers, "select value from kept")).ShouldBe(7);
        (await servers.PurgeQueues()).ShouldBe(0);
    }

    private static async Task<object?> Execute(PrivateServers servers, string sql)
    {
        await using var source = NpgsqlDataSource.Create(servers.AdminConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
