using EventSourcing;
using Portfolio;
using Sync;
using Testing;

namespace Services;

/// <summary>The services' schemas, migrated once for all fixtures. That migrating itself goes well is shown by tests of its own.</summary>
internal static class Schemas
{
    public static SchemaTemplate Sync { get; } = new(pool => EventSourcingModule.MigrateAsync(pool, SyncModule.Migrations));

    public static SchemaTemplate Portfolio { get; } = new(pool => EventSourcingModule.MigrateAsync(pool, [.. PortfolioModule.Migrations]));
}
