namespace Portfolio.Statements;

/// <summary>What wallets held, stated so that others can check it.</summary>
internal static class StatementsModule
{
    public static void AddStatements(this IServiceCollection services)
    {
        services.AddSingleton<StatementRows>();
        services.AddSingleton<StatementProver>();
        services.AddSingleton<GetStatement>();
    }

    public static void MapStatements(this IEndpointRouteBuilder app)
    {
        GetStatement.Map(app);
        ListStatementKeys.Map(app);
    }
}
