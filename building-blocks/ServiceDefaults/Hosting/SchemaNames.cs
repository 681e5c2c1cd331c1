namespace ServiceDefaults;

/// <summary>What the schemas of the public document are called: by what they are, not by the types that write them.</summary>
internal static class SchemaNames
{
    private const string View = "View";

    /// <summary>The name for a type that is called <paramref name="id"/> by default.</summary>
    public static string Of(Type type, string id)
    {
        // A use case's request is nested in it, so that is what its name says.
        if (id == "Request") return type.DeclaringType?.Name + id;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>)) return WithoutView(type.GenericTypeArguments[0].Name) + "Page";
        return WithoutView(id);
    }

    private static string WithoutView(string name) =>
        name.EndsWith(View, StringComparison.Ordinal) && name.Length > View.Length ? name[..^View.Length] : name;
}
