using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace EventSourcing;

/// <summary>The events a service stores, and how Marten stores them. An event's stored name is Marten's alias of its record.</summary>
public sealed class EventTypes
{
    private readonly FrozenDictionary<string, Type> types;
    private readonly FrozenSet<Type> known;
    private readonly JsonSerializerOptions writing;

    private EventTypes(IReadOnlyList<Type> all, JsonSerializerOptions writing)
    {
        this.writing = writing;
        known = all.ToFrozenSet();
        // Marten fills positions with tombstones where a save of several streams failed halfway: they mean nothing to us.
        types = all.Append(typeof(Tombstone)).ToFrozenDictionary(AliasOf);
    }

    /// <summary>JSON as stored: property names as declared in C#.</summary>
    public static JsonSerializerOptions Json { get; } = new() { RespectNullableAnnotations = true };

    /// <summary>All sealed records nested in these closed families.</summary>
    public static EventTypes Of(params ReadOnlySpan<Type> families)
    {
        var all = new List<Type>();
        foreach (var family in families)
            all.AddRange(family.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).Where(type => type.IsSubclassOf(family)));
        return new EventTypes(all, Json);
    }

    /// <summary>The same events, some values of which are written by a converter that may refuse; then nothing is appended. They are read
    /// as before.</summary>
    public EventTypes WrittenWith(JsonConverter converter) => new([.. known], new JsonSerializerOptions(Json) { Converters = { converter } });

    /// <summary>Every stored name, sorted.</summary>
    public IReadOnlyList<string> Aliases => [.. known.Select(AliasOf).Order(StringComparer.Ordinal)];

    /// <summary>Marten's alias of an event's type: <c>TransactionObserved</c> is <c>transaction_observed</c>.</summary>
    public static string AliasOf(Type type) => type.GetEventTypeName();

    /// <summary>A Marten store of these events for those who run outside a host, in the schema that the connection's search path names.</summary>
    internal IDocumentStore Open(NpgsqlDataSource dataSource) => DocumentStore.For(options =>
    {
        options.Connection(dataSource);
        options.DatabaseSchemaName = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).SearchPath ?? "public";
        Configure(options);
    });

    /// <summary>Streams named by text, quick appends, each fact once by its id; the schema changes in the migration step only.</summary>
    internal void Configure(StoreOptions options)
    {
        options.AutoCreateSchemaObjects = AutoCreate.None;
        options.UseSystemTextJsonForSerialization(writing);
        // A failed statement ends its transaction: only whoever began the work can try it again.
        options.ConfigurePolly(_ => { });
        options.ConfigureWritePolly(_ => { });
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.Quick;
        options.Events.EnableUniqueIndexOnEventId = true;
        options.Events.EnableAdvancedAsyncTracking = false;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.AddEventTypes(types.Values);
    }

    internal void Require(Type type)
    {
        if (!known.Contains(type)) throw new InvalidOperationException($"{type} is not one of the service's stored events.");
    }

    internal object Read(string alias, byte[] json) => types.TryGetValue(alias, out var type)
        ? JsonSerializer.Deserialize(json, type, Json) ?? throw new JsonException($"A stored {alias} is null.")
        : throw new InvalidOperationException($"The log holds a '{alias}', which this version of the service does not know.");
}
