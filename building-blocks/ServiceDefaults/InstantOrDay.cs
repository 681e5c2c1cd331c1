namespace ServiceDefaults;

/// <summary>Says of a parameter that it takes an RFC 3339 instant or a day, for the document.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class InstantOrDayAttribute : Attribute;
