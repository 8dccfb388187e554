import GpgenCommands

runProgram()
