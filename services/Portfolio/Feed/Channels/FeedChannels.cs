using ServiceDefaults;

namespace Portfolio.Feed.Channels;

/// <summary>The ways in which a feed gets to its user: server-sent events, WebSocket, and pages.</summary>
internal static class FeedChannels
{
    public static IServiceCollection AddFeedChannels(this IServiceCollection services)
    {
        services.AddValidatedOptions<FeedOptions>(FeedOptions.Section);
        services.AddSingleton<FeedReader>();
        services.AddSingleton<FeedHub>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedHub>());
        services.AddSingleton<FeedRetention>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedRetention>());
        services.AddSingleton<FeedStream>();
        services.AddSingleton<FeedFilters>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<StreamEvents>();
        services.AddSingleton<FeedSocket>();
        services.AddSingleton<ReadHistory>();
        return services;
    }

    public static void MapFeedChannels(this IEndpointRouteBuilder app)
    {
        StreamEvents.Map(app);
        ReadHistory.Map(app);
        FeedSocket.Map(app);
        AsyncApi.Map(app);
    }
}
