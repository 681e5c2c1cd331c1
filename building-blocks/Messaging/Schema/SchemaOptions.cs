using ServiceDefaults;

namespace Messaging;

/// <summary>Who brings the database to a program's schema, at <c>Schema</c>.</summary>
internal sealed class SchemaOptions : IValidated
{
    public const string Section = "Schema";

    /// <summary>
    /// Whether the service does so itself when it starts; otherwise it waits until <c>dotnet X.dll migrate</c> has done it.
    /// </summary>
    public bool Migrate { get; set; } = true;

    public IEnumerable<string> Errors() => [];
}
