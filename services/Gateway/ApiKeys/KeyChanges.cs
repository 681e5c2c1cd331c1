namespace Gateway;

/// <summary>A key revoked through this gateway stops working at once, not when its remembered answer ends.</summary>
internal sealed class KeyChanges(RequestDelegate next, ApiKeyLookUp lookUp)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var changes = !HttpMethods.IsGet(request.Method)
            && (request.Path.StartsWithSegments("/api/v1/api-keys", StringComparison.OrdinalIgnoreCase)
                || request.Path.StartsWithSegments("/api/v1/users", StringComparison.OrdinalIgnoreCase));
        if (changes)
            // Before the client learns of it; an answer that is lost may still have revoked something.
            context.Response.OnStarting(() =>
            {
                lookUp.Forget();
                return Task.CompletedTask;
            });
        await next(context);
        if (changes)
            lookUp.Forget();
    }
}
