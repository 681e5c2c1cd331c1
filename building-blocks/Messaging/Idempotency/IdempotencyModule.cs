using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServiceDefaults;

namespace Messaging;

/// <summary>Keeps the answers of POSTs that carry an <c>Idempotency-Key</c>.</summary>
public static class IdempotencyModule
{
    /// <summary>The service's POSTs can be repeated; a use case that writes keeps its answer by <see cref="Answers"/>.</summary>
    public static void AddIdempotencyKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<IdempotencyOptions>(IdempotencyOptions.Section);
        builder.Services.AddSingleton<IdempotencyKeys>();
        builder.Services.AddSingleton<IIdempotencyKeys>(provider => provider.GetRequiredService<IdempotencyKeys>());
        builder.Services.AddHostedService<IdempotencySweeper>();
        builder.Services.AddSingleton<Answers>();
    }
}
