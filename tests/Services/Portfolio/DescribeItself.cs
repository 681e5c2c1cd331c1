using Shouldly;
using Xunit;

namespace Services.Portfolio;

public sealed class DescribeItself(PortfolioService portfolio) : IClassFixture<PortfolioService>
{
    [Theory]
    [InlineData("/api/v1/wallets/{id}/balances", "limit cursor at currency")]
    [InlineData("/api/v1/wallets/{id}/history", "limit cursor from to interval tz asset address")]
    [InlineData("/api/v1/wallets/{id}/transactions",
        "limit cursor address label network direction from to minAmount minCoins search tag include view page perPage")]
    [InlineData("/api/v1/wallets/{id}/transactions.csv", "from to network tag currency after")]
    [InlineData("/api/v1/export/transactions", "format wallet from to network tag currency after")]
    [InlineData("/api/v1/transactions/{chain}/{txid}", "")]
    public async Task every_parameter_is_described_and_none_is_required(string path, string names)
    {
        using var client = portfolio.As(Guid.CreateVersion7());
        var operation = (await Lists.Get(client, "/openapi/v1.json"))["paths"]![path]!["get"]!;
        var parameters = operation["parameters"]!.AsArray().Where(parameter => (string)parameter!["in"]! == "query").ToList();
        parameters.Select(parameter => (string)parameter!["name"]!)
            .ShouldBe([.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries), "minVersion"], ignoreOrder: true);
        parameters.ShouldAllBe(parameter => parameter!["description"] != null && (parameter["required"] == null || !(bool)parameter["required"]!));
        operation["summary"]!.GetValue<string>().ShouldNotBeEmpty();
        operation["responses"]!.AsObject().ContainsKey("404").ShouldBeTrue();
    }
}
