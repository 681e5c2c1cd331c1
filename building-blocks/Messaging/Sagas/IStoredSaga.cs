using MassTransit;

namespace Messaging;

/// <summary>
/// A saga's row. State and due time are columns, so others may look for them; everything else is JSON. A row with nothing
/// but an id is a saga in its initial state, so another transaction may create it.
/// </summary>
public interface IStoredSaga : SagaStateMachineInstance
{
    /// <summary>The state's name; <c>Initial</c> before anything happened.</summary>
    string State { get; set; }

    /// <summary>When the saga wants to be woken; null for never.</summary>
    DateTimeOffset? DueAt { get; set; }
}
