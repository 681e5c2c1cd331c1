namespace Portfolio.Transactions;

/// <summary>Which way money went, as clients name it.</summary>
internal static class Directions
{
    public const string In = "in";

    public const string Out = "out";

    /// <summary>Neither gained nor lost.</summary>
    public const string Self = "self";
}
