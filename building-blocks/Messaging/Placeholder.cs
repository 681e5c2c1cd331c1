namespace Messaging;
