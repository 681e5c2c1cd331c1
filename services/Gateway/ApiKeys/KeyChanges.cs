namespace Gateway;

/// <summary>
/// A key or a share revoked, or a user disabled, through this gateway stops working at once, not when the remembered answer ends. Only what the path
/// names is forgotten, and only where something may have changed, or anybody could have every key looked up anew all the time.
/// </summary>
internal sealed class KeyChanges(RequestDelegate next, ApiKeyLookUp lookUp)
{
    private static readonly PathString[] Places = ["/api/v1/api-keys", "/api/v1/users", "/api/v1/shares"];

    public async Task InvokeAsync(HttpContext context)
    {
        var named = HttpMethods.IsGet(context.Request.Method) ? [] : NamedBy(context.Request.Path);
        if (named.Count > 0)
            // Before the client learns of it.
            context.Response.OnStarting(() =>
            {
                ForgetChanged();
                return Task.CompletedTask;
            });
        await next(context);
        ForgetChanged();

        // An answer that got lost may still have revoked something.
        void ForgetChanged()
        {
            if (named.Count > 0 && context.Response.StatusCode is < 300 or >= 500) lookUp.Forget(named);
        }
    }

    private static List<Guid> NamedBy(PathString path) =>
        [.. Places.Where(place => path.StartsWithSegments(place, StringComparison.OrdinalIgnoreCase))
            .SelectMany(_ => path.Value!.Split('/')).Select(part => Guid.TryParse(part, out var id) ? id : Guid.Empty)
            .Where(id => id != Guid.Empty)];
}
