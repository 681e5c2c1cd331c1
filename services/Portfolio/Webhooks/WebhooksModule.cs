using Metrics;
using ServiceDefaults;

namespace Portfolio.Webhooks;

/// <summary>Messages of users' feeds, posted to their endpoints (Standard Webhooks 1.0).</summary>
internal static class WebhooksModule
{
    public static WebApplicationBuilder AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<WebhookOptions>(WebhookOptions.Section);
        builder.Services.AddMetricCatalogue(WebhookMetrics.Catalogue);
        builder.Services.AddSingleton<WebhookTargets>();
        builder.Services.AddSingleton<WebhookMessages>();
        return builder;
    }

    /// <summary>What puts in line and sends.</summary>
    public static WebApplicationBuilder AddSendingWebhooks(this WebApplicationBuilder builder)
    {
        if (!builder.Configuration.GetValue($"{WebhookOptions.Section}:{nameof(WebhookOptions.Enabled)}", true)) return builder;
        builder.Services.AddSingleton<WebhookClient>();
        builder.Services.AddHostedService<WebhookTail>();
        builder.Services.AddHostedService<WebhookSender>();
        builder.Services.AddHostedService<WebhookWatch>();
        return builder;
    }

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        CreateWebhook.Map(app);
        ListWebhooks.Map(app);
        ChangeWebhook.Map(app);
        DeleteWebhook.Map(app);
        EnableWebhook.Map(app);
        RotateWebhookSecret.Map(app);
        ReplayWebhook.Map(app);
        ListDeliveries.Map(app);
        TestWebhook.Map(app);
    }
}
