namespace Sync.Following;

/// <summary>Who follows blocks, and who watches the followers.</summary>
internal static class FollowingModule
{
    public static IServiceCollection AddFollowing(this IServiceCollection services) => services
        .AddHostedService<FollowService>()
        .AddHostedService<FollowerWatch>();
}
