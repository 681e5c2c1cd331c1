using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Postgres;
using ServiceDefaults;

namespace Portfolio.Prices.Endpoints;

/// <summary>The currencies that values can be told in.</summary>
internal static class ListCurrencies
{
    public sealed record CurrenciesView([property: Description("By their codes.")] IReadOnlyList<CurrencyView> Data);

    public sealed record CurrencyView(
        [property: Description("ISO 4217 code, or BTC.")] string Code,
        [property: Description("Digits behind the point that its amounts are shown with.")] int Digits,
        [property: Description("How much of it one euro is, as decimal text, by the newest fixing; null for BTC, and where none is known.")]
        string? PerEuro,
        [property: Description("The day of that fixing.")] DateOnly? FixedOn);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/currencies", async Task<Ok<CurrenciesView>> (NpgsqlDataSource database, CancellationToken ct) =>
            {
                var rates = (await database.QueryAsync<(string Code, DateOnly Day, decimal PerEuro)>("""
                    select c.code, r.day, r.per_euro from unnest(@codes) c (code)
                    cross join lateral (
                        select day, per_euro from exchange_rates e where e.currency = c.code order by day desc limit 1) r
                    """, new { codes = Currency.All.Select(currency => currency.Code).ToArray() }, ct)).ToDictionary(row => row.Code);
                return TypedResults.Ok(new CurrenciesView([.. Currency.All.Select(currency =>
                    rates.TryGetValue(currency.Code, out var rate)
                        ? new CurrencyView(currency.Code, currency.Digits, PriceText.Of(rate.PerEuro), rate.Day)
                        : new CurrencyView(currency.Code, currency.Digits, currency == Currency.Euro ? "1" : null, null))]));
            })
            .RequireScope(Scopes.PortfolioRead)
            .WithName("ListCurrencies")
            .WithTags("Prices")
            .WithSummary("Lists the currencies that values can be told in")
            .WithDescription("Those of which the European Central Bank fixes daily rates, and BTC. Prices are kept in US dollars; values in other "
                + "currencies go by the euro's rates of their day, and on a weekend by the last ones before.");
}
