using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Portfolio.Assets;

/// <summary>Why an entry is to be looked at twice.</summary>
public sealed record RiskView(
    [property: Description("`address-poisoning`: its other side looks like somebody whom this address pays and is somebody else; do not copy the " +
        "address out of it. `zero-value`: nothing moved, and somebody else had it written. `spam`: its asset is marked."),
        AllowedValues("address-poisoning", "zero-value", "spam")] string Label,
    [property: Description("The address that is imitated; null where none is.")] string? Imitates,
    [property: Description("What was found.")] string Reason);
