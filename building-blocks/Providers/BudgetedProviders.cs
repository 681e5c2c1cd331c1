using System.Net;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using ServiceDefaults;

namespace Providers;

/// <summary>Lets a service ask providers within budgets that all its processes share.</summary>
public static class BudgetedProviders
{
    /// <summary>Holds the budgets' migrations, which a service applies with its own.</summary>
    public static Assembly Assembly => typeof(BudgetedProviders).Assembly;

    /// <summary>Adds budgets, pauses and counts for the providers that are configured when they are first asked for.</summary>
    public static IServiceCollection AddProviderBudgets(
        this IServiceCollection services, ProviderMetrics metrics, Func<IServiceProvider, IEnumerable<ConfiguredProvider>> providers)
    {
        services.AddValidatedOptions<BudgetsOptions>("Budgets");
        services.AddSingleton(metrics);
        services.AddSingleton<ProviderPauses>();
        services.AddSingleton<ProviderUsage>();
        services.AddSingleton<BudgetStates>();
        services.AddSingleton(provider => new RequestBudgets(
            () => providers(provider), provider.GetRequiredService<IOptions<BudgetsOptions>>(), provider.GetRequiredService<ProviderPauses>(),
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<TimeProvider>(), metrics));
        return services;
    }

    /// <summary>
    /// Asks at an address, within the provider's budget. Where its path may be a secret it is kept out of spans; headers that are sent with
    /// each request are set by <paramref name="prepare"/>, those that change meanwhile by <paramref name="around"/>. What is no HTTP goes by a
    /// <paramref name="transport"/> of its own, within the same limits.
    /// </summary>
    public static ProviderClient MakeProviderClient(
        this IServiceProvider services, string network, ProviderSettings settings, string address, bool hasSecretPath = false, bool sendsKey = true,
        Action<HttpClient>? prepare = null, DelegatingHandler? around = null, HttpMessageHandler? transport = null)
    {
        var handler = transport ?? OverHttp(hasSecretPath);
        around?.InnerHandler = handler;
        var http = new HttpClient(around ?? handler)
        {
            BaseAddress = new Uri(address),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        prepare?.Invoke(http);
        return new ProviderClient(
            http, network, settings, services.GetRequiredService<RequestBudgets>().Of(network, settings),
            services.GetRequiredService<ProviderPauses>(), services.GetRequiredService<ProviderUsage>(), services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ProviderMetrics>(), sendsKey);
    }

    private static SocketsHttpHandler OverHttp(bool hasSecretPath)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (hasSecretPath) handler.ActivityHeadersPropagator = new PathlessSpans();
        return handler;
    }
}
