using System.Collections;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace ServiceDefaults;

/// <summary>An options object, or its type, as the configuration keys that make it.</summary>
internal static class OptionTree
{
    /// <summary>Every value by its key, relative to the options' section.</summary>
    public static IEnumerable<(string Key, string Value)> Values(object? value, string key = "")
    {
        if (value is null) return [];
        if (IsScalar(value.GetType())) return [(key, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
        if (value is IDictionary entries)
            return entries.Keys.Cast<object>().SelectMany(name => Values(entries[name], Below(key, name)));
        return value is IEnumerable items
            ? items.Cast<object>().SelectMany((item, i) => Values(item, Below(key, i)))
            : Settable(value.GetType()).SelectMany(property => Values(property.GetValue(value), Below(key, property.Name)));
    }

    /// <summary>Whether a key, relative to the section, is one that options of the type are made of.</summary>
    public static bool Knows(Type type, ReadOnlySpan<string> path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsScalar(type)) return path.Length == 0;
        if (path.Length == 0) return true;
        if (ValueOf(type) is { } nested) return Knows(nested, path[1..]);
        var name = path[0];
        return Settable(type).FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known
            && Knows(known.PropertyType, path[1..]);
    }

    // What follows a name or a number: the values of a dictionary, the items of a list.
    private static Type? ValueOf(Type type) => new[] { type }.Concat(type.GetInterfaces())
        .Where(each => each.IsGenericType)
        .Select(each => each.GetGenericTypeDefinition() is var open && open == typeof(IDictionary<,>) ? each.GenericTypeArguments[1]
            : open == typeof(IEnumerable<>) && !each.GenericTypeArguments[0].Name.StartsWith("KeyValuePair", StringComparison.Ordinal)
                ? each.GenericTypeArguments[0] : null)
        .FirstOrDefault(value => value is not null);

    private static IEnumerable<PropertyInfo> Settable(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.SetMethod is { IsPublic: true });

    private static bool IsScalar(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(TimeSpan);

    private static string Below(string key, object name)
    {
        var last = Convert.ToString(name, CultureInfo.InvariantCulture)!;
        return key == "" ? last : ConfigurationPath.Combine(key, last);
    }
}
